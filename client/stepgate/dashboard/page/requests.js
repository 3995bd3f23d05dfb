/** What the page and the worker ask of the server. */

const PATIENCE = 60_000; // a start may take seconds

/** An error answer of the server, or none; its message is for the user. */
export class RequestError extends Error {}

/** @returns {Promise<{problem: {field: string, message: string} | null}>} */
export const checkInput = (workflow, text, signal) =>
  request("POST", "/check", { workflow }, text, signal);

/** @returns {Promise<{id: string}>} */
export const startExecution = (workflow, text) =>
  request("POST", "/executions", { workflow }, text);

/** @returns {Promise<import("./records.js").Execution>} */
export const readExecution = (workflow, execution) =>
  request("GET", "/execution", { workflow, execution });

export const stopExecution = (workflow, execution) =>
  request("DELETE", "/execution", { workflow, execution });

async function request(method, path, query, body, signal) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const patience = AbortSignal.timeout(PATIENCE);
  let response;
  try {
    response = await fetch(`${path}?${new URLSearchParams(query)}`, {
      method,
      headers,
      body,
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RequestError("The dashboard's server does not answer. Is it running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new RequestError(answer.message ?? `The server answered with ${response.status}.`);
}

/** A diagram as a document, which an `innerHTML` would need a policy for. */
export function readDiagram(url) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    const fail = () => reject(new RequestError("The diagram could not be loaded."));
    asked.open("GET", url);
    asked.responseType = "document";
    asked.timeout = PATIENCE;
    asked.onload = () => {
      const drawn = asked.status === 200 && asked.responseXML?.documentElement;
      return drawn ? resolve(drawn) : fail();
    };
    asked.onerror = asked.ontimeout = fail;
    asked.send();
  });
}
