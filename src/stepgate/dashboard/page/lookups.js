/**
 * Requests executions that the server has not sent, or not completely. It then sends them to all
 * pages.
 */

import { readExecution, RequestError } from "./requests.js";

const STREAM_DELAY = 3_000;

/** @param {() => void} onResponse */
export function createLookups(onResponse) {
  const problems = new Map();
  const keyOf = (...names) => JSON.stringify(names);

  return {
    /** Requests each once, and again when its status has changed. */
    request(workflow, execution, status = null) {
      const key = keyOf(workflow, execution, status);
      if (problems.has(key)) return;
      problems.set(key, null);
      const isId = execution.includes("/"); // of a record; the stack only knows names
      const response = isId ? failAfterDelay() : readExecution(workflow, execution);
      response.catch(({ message }) => {
        problems.set(key, message);
        onResponse();
      });
    },
    problem: (workflow, execution, status = null) =>
      problems.get(keyOf(workflow, execution, status)) ?? null,
    /** After a new snapshot a request that failed may succeed. */
    reset: () => problems.clear(),
  };
}

/** A new record is streamed shortly after the response with its id. */
async function failAfterDelay() {
  await new Promise((resolve) => setTimeout(resolve, STREAM_DELAY));
  throw new RequestError("This call is no longer known: the server has been restarted.");
}
