/**
 * What the server has sent as plain data, and functions of it: see docs/dashboard.md.
 *
 * @typedef {{
 *   id: string, workflow: string, mode: "async" | "sync", execution: string | null, status: string,
 *   started: string, stopped: string | null, current: string[], waiting: string[],
 *   isSlow: boolean, error: string | null, problem: string | null, version: string | number | null,
 *   redrives: number, revision: number,
 * }} Summary
 * @typedef {{
 *   name: string, mode: "async" | "sync", method: string, path: string,
 *   example: string | null, schema: object | null, diagram: string | null,
 *   parameters: {kind: "path" | "query" | "headers", name: string}[],
 *   events: {event: string, example: string, schema: object | null}[],
 * }} Workflow
 * @typedef {{
 *   name: string, running: number, waiting: number, slow: number, failed: number,
 *   succeeded: number, aborted: number, buckets: [succeeded: number, failed: number][],
 * }} Counts
 * @typedef {{total: number, executions: Summary[]}} Group
 * @typedef {{
 *   bucketSeconds: number, since: string, workflows: Counts[],
 *   attention: {failed: Group, slow: Group, waiting: Group, running: Group},
 *   loaded: {executions: number, oldest: string | null, isComplete: boolean, isListing: boolean},
 * }} Overview
 * @typedef {{
 *   stack: string, region: string, workflows: Workflow[], overview: Overview,
 *   problems: {queue: string | null, list: string | null, logs: string | null},
 *   changed: Map<string, Summary>, generation: number, ahead: number,
 * }} State `changed` are the executions that changed last; `generation` is another one when there
 *   may be changes that are not among them; `ahead` is by how many milliseconds the server's clock
 *   is ahead of this one.
 * @typedef {{kind: "snapshot" | "change" | "heartbeat", data: any}} Message
 */

/** For lists that are shown: they have fetched what is older. */
const MAX_CHANGED = 1_000;
const ONGOING = new Set(["RUNNING", "PENDING_REDRIVE"]);
const STATUS_WORDS = new Map([
  ["RUNNING", "Running"],
  ["PENDING_REDRIVE", "Waiting for redrive"],
  ["SUCCEEDED", "Succeeded"],
  ["FAILED", "Failed"],
  ["TIMED_OUT", "Timed out"],
  ["ABORTED", "Aborted"],
  ["UNKNOWN", "Outcome unknown"],
]);

/** @param {{status: string}} execution */
export const isOngoing = (execution) => ONGOING.has(execution.status);

/** @param {{status: string}} execution */
export const statusWord = (execution) => STATUS_WORDS.get(execution.status) ?? execution.status;

/** @param {{execution: string | null, id: string}} execution */
export const nameOf = (execution) => execution.execution ?? execution.id;

/**
 * The state after a message. Neither argument is changed.
 *
 * @param {State | null} state
 * @param {Message} message
 * @param {number} at When it was received, by this clock.
 * @returns {State | null}
 */
export function applyMessage(state, { kind, data }, at) {
  if (kind === "snapshot") {
    const { now, ...rest } = data;
    const generation = (state?.generation ?? 0) + 1;
    return { ...rest, changed: new Map(), generation, ahead: Date.parse(now) - at };
  }
  if (kind !== "change" || !state) return state;
  const changed = new Map(state.changed);
  for (const each of data.executions) {
    changed.delete(each.id); // to the end
    changed.set(each.id, each);
  }
  const excess = Math.max(0, changed.size - MAX_CHANGED);
  for (const id of [...changed.keys()].slice(0, excess)) changed.delete(id);
  return {
    ...state,
    problems: data.problems,
    overview: data.overview ?? state.overview,
    changed,
    generation: state.generation + (data.isCut ? 1 : 0),
    ahead: Date.parse(data.now) - at,
  };
}

/**
 * The snapshot that the server would send now.
 *
 * @param {State} state
 * @param {number} at
 * @returns {Message}
 */
export function toSnapshot(state, at) {
  const { ahead, changed, generation, ...rest } = state;
  return { kind: "snapshot", data: { ...rest, now: new Date(at + ahead).toISOString() } };
}

/**
 * What the stream has sent of an execution.
 *
 * @param {State} state
 * @param {string} workflow
 * @param {string} name Its name, or its record's id.
 * @returns {Summary | null}
 */
export function findExecution(state, workflow, name) {
  const groups = Object.values(state.overview.attention).map((group) => group.executions);
  const known = [...state.changed.values(), ...groups.flat()].filter(
    (each) => each.workflow === workflow && (each.execution === name || each.id === name),
  );
  return known.reduce(
    (last, each) => (last && last.revision >= each.revision ? last : each),
    /** @type {Summary | null} */ (null),
  );
}

/**
 * Milliseconds from the start to the end, or to now.
 *
 * @param {{status: string, started: string, stopped: string | null}} execution
 * @param {number} now By the server's clock.
 */
export function elapsed(execution, now) {
  const { started, stopped } = execution;
  if (stopped === null && !isOngoing(execution)) return null;
  return Math.max(0, (stopped ? Date.parse(stopped) : now) - Date.parse(started));
}

/**
 * The sum of all workflows.
 *
 * @param {Overview} overview
 * @param {"running" | "failed"} which
 */
export const totalOf = (overview, which) => overview.attention[which].total;
