// Runs a function for Node.js: `bootstrap.mjs SOCKET`. See bootstrap.py.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const { env } = process;
const connection = new Socket({ fd: Number(process.argv[2]) });
let requestId = "";

class Fault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

const send = (message) =>
  new Promise((resolve) => connection.write(`${JSON.stringify(message)}\n`, resolve));

// "2024-01-01T00:00:00.000Z  ID  INFO  text", as
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html shows it.
for (const [method, level] of Object.entries({
  log: "INFO", info: "INFO", debug: "DEBUG", trace: "TRACE", warn: "WARN", error: "ERROR",
})) {
  console[method] = (...values) => {
    const text = format(...values).replaceAll("\n", "\r");
    process.stdout.write(`${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`);
  };
}

const isOfFunction = (line) => !line.includes(import.meta.url) && !line.includes("(node:internal/");

const described = (error) => {
  const isError = error instanceof Error;
  const found = {
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError ? (error.stack ?? "").split("\n").filter(isOfFunction) : [],
  };
  console.error("Invoke Error", JSON.stringify(found));
  return found;
};

const imported = async (module) => {
  const file = path.resolve(env.LAMBDA_TASK_ROOT, module);
  const found = ["", ".js", ".mjs", ".cjs"].map((end) => file + end).find(
    (name) => existsSync(name) && path.extname(name),
  );
  if (!found) throw new Fault("Runtime.ImportModuleError", `Error: Cannot find module '${module}'`);
  try {
    if (found.endsWith(".mjs")) return await import(pathToFileURL(found));
    try {
      return createRequire(found)(found);
    } catch (error) {
      if (error.code !== "ERR_REQUIRE_ESM") throw error;
      return await import(pathToFileURL(found));
    }
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Fault("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    }
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) {
      throw new Fault("Runtime.ImportModuleError", `Error: ${error.message}`);
    }
    throw error;
  }
};

const importHandler = async (name) => {
  const folder = path.dirname(name);
  const [module, ...names] = path.basename(name).split(".");
  if (!names.length) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  const exported = await imported(path.join(folder, module));
  const handler = names.reduce((found, key) => found?.[key], exported);
  if (typeof handler !== "function") {
    throw new Fault("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  return handler;
};

const context = ({ id, arn, deadline }) => ({
  awsRequestId: id,
  invokedFunctionArn: arn,
  callbackWaitsForEmptyEventLoop: true,
  functionName: env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
  getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline * 1000 - Date.now())),
});

const result = (handler, invocation) =>
  new Promise((resolve, reject) => {
    const callback = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(JSON.parse(invocation.payload), context(invocation), callback);
    if (typeof returned?.then === "function") returned.then(resolve, reject);
  });

const crash = async (error) => {
  await send({ process: process.pid, error: described(error), ends: true });
  process.exit(1);
};
process.on("uncaughtException", crash);
process.on("unhandledRejection", (reason) =>
  crash(new Fault("Runtime.UnhandledPromiseRejection", String(reason))),
);

try {
  const handler = await importHandler(env._HANDLER);
  await send({ process: process.pid });
  for await (const line of createInterface({ input: connection })) {
    const invocation = JSON.parse(line);
    requestId = invocation.id;
    try {
      const payload = JSON.stringify(await result(handler, invocation));
      await send({ payload: payload ?? "null" });
    } catch (error) {
      await send({ error: described(error) });
    }
  }
} catch (error) {
  await crash(error);
}
