/** Requests about one execution. */

import { request } from "../requests.js";

/**
 * @typedef {{workflow: string, execution: string}} Which
 * @typedef {{state: string, index: number, kind: "item" | "branch"}} Around
 * @typedef {{started: string, ended: string | null, error: string | null, cause: string | null}} Attempt
 * @typedef {{
 *   index: number, name: string, type: string, status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED",
 *   isOrigin: boolean, isCaught: boolean, entered: string, ended: string | null, around: Around[],
 *   attempts: Attempt[], error: string | null, cause: string | null, hasData: boolean,
 *   child: Which | null,
 * }} StateVisit
 * @typedef {{total: number | null, succeeded: number, failed: number, running: number, aborted: number}} Counts
 * @typedef {{
 *   id: string, workflow: string, mode: "async" | "sync", execution: string | null, status: string,
 *   started: string, stopped: string | null, error: string | null, cause: string | null,
 *   problem: string | null, version: string | number | null, redrives: number, revision: number, digest: string,
 *   arn: string | null, input: string | null, output: string | null, historyProblem: string | null,
 *   states: StateVisit[], omitted: number, taken: [string, string][], counts: Record<string, Counts>,
 *   links: {console: string | null, logs: string | null}, commands: Record<string, string>,
 *   actions: {
 *     stop: boolean, redrive: boolean, restart: boolean,
 *     events: {event: string, item: string | null, state: string, since: string | null, until: string | null}[],
 *   },
 * }} Detailed
 * @typedef {{id: string, time: string, type: string, state: string | null, around: Around[], details: string}} HistoryEvent
 * @typedef {{
 *   input: string | null, output: string | null, parameters: (string | null)[],
 *   error: string | null, cause: string | null,
 * }} StateData
 */

/** @returns {Promise<StateData>} */
export const readState = ({ workflow, execution }, index) =>
  request("GET", "/state", { workflow, execution, index: String(index) });

/** @returns {Promise<{events: HistoryEvent[], next: string | null}>} */
export const readHistory = ({ workflow, execution }, after) =>
  request("GET", "/history", { workflow, execution, limit: "100", ...(after && { after }) });

export const redriveExecution = (/** @type {Which} */ which) => request("POST", "/redrive", which, "{}");

/**
 * `isNew` is false if it was restarted before.
 *
 * @returns {Promise<{workflow: string, execution: string | null, id: string, isNew: boolean}>}
 */
export const restartExecution = (/** @type {Which} */ which) => request("POST", "/restart", which, "{}");

/**
 * @param {Which} which
 * @param {string} event
 * @param {string | null} item Which item of a Map waits for it, if each has an event of its own.
 * @param {string} text
 */
export const sendEvent = ({ workflow, execution }, event, item, text) =>
  request("POST", "/event", { workflow, execution, event, ...(item !== null && { item }) }, text);
