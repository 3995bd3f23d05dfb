/** Requests to the server. */

const TIMEOUT = 60_000; // a start may take seconds

/** An error response, or no response; the message is for the user. */
class RequestError extends Error {
  /**
   * @param {string} message
   * @param {number} [status] Of the response.
   */
  constructor(message, status) {
    super(message);
    this.isMissing = status === 404;
  }
}

/** @returns {Promise<{problem: {field: string, message: string} | null}>} */
export const checkInput = (workflow, text, signal) =>
  request("POST", "/check", { workflow }, text, signal);

/** @returns {Promise<{id: string, execution: string | null}>} */
export const startExecution = (workflow, text, parameters) =>
  request("POST", "/executions", { ...parameters, workflow }, text);

/**
 * @typedef {{
 *   executions: import("./state.js").Summary[], next: string | null, matched: number,
 * }} ListPage
 *
 * @param {[string, string][]} query
 * @param {AbortSignal} signal
 * @returns {Promise<ListPage>}
 */
export const readList = (query, signal) =>
  request("GET", "/executions", query, undefined, signal);

export const stopExecution = (workflow, execution) =>
  request("DELETE", "/execution", { workflow, execution });

/**
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string> | [string, string][]} query
 * @param {string} [body] JSON
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function request(method, path, query, body, signal) {
  /** @type {Record<string, string>} */
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const timeout = AbortSignal.timeout(TIMEOUT);
  let response;
  try {
    response = await fetch(`${path}?${new URLSearchParams(query)}`, {
      method,
      headers,
      body,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RequestError("The dashboard's server does not respond. Is it running?");
  }
  if (response.status === 204) return null;
  const content = await response.json().catch(() => ({}));
  if (response.ok) return content;
  const message = content.message ?? `The server responded with ${response.status}.`;
  throw new RequestError(message, response.status);
}

/** A diagram as a document: `innerHTML` is not allowed by the content security policy. */
export function readDiagram(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = () => reject(new RequestError("The diagram could not be loaded.", request.status));
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = TIMEOUT;
    request.onload = () => {
      const root = request.status === 200 && request.responseXML?.documentElement;
      return root ? resolve(root) : fail();
    };
    request.onerror = request.ontimeout = fail;
    request.send();
  });
}
