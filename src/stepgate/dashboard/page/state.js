/**
 * The state of the page as plain data, and functions of it.
 *
 * @typedef {{state: string, time: string}} Entry
 * @typedef {{
 *   id: string, workflow: string, mode: "async" | "sync", execution: string | null, status: string,
 *   started: string, stopped: string | null, current: string[], error: string | null,
 *   problem: string | null, isListed: boolean, isComplete: boolean, revision: number,
 * }} Summary
 * @typedef {Summary & {
 *   path: Entry[], earlier: number, passed: string[], taken: [string, string][],
 *   input: string | null, output: string | null, cause: string | null,
 *   version: number | null,
 * }} Execution
 * @typedef {{
 *   name: string, mode: "async" | "sync", example: string | null, schema: object | null,
 *   diagram: string | null,
 *   parameters: {kind: "path" | "query" | "headers", name: string}[],
 * }} Workflow
 * @typedef {{
 *   stack: string, region: string, workflows: Workflow[],
 *   queue: {problem: string | null}, list: {problem: string | null}, executions: Map<string, Summary>, ahead: number,
 * }} State `ahead` is by how many milliseconds the server's clock is ahead of this one.
 * @typedef {{kind: "snapshot" | "change" | "heartbeat", data: any}} Message
 */

const ONGOING = new Set(["RUNNING", "PENDING_REDRIVE"]);
const WORDS = new Map([
  ["RUNNING", "Running"],
  ["PENDING_REDRIVE", "Waiting for redrive"],
  ["SUCCEEDED", "Succeeded"],
  ["FAILED", "Failed"],
  ["TIMED_OUT", "Timed out"],
  ["ABORTED", "Aborted"],
  ["UNKNOWN", "Outcome unknown"],
]);

/** @param {Summary} execution */
export const isOngoing = (execution) => ONGOING.has(execution.status);

/** @param {Summary} execution */
export const statusWord = (execution) => WORDS.get(execution.status) ?? execution.status;

/** @param {Summary} execution */
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
    const executions = new Map(data.executions.map((each) => [each.id, each]));
    return { ...data, executions, ahead: Date.parse(data.now) - at };
  }
  if (kind !== "change" || !state) return state;
  const executions = new Map(state.executions);
  for (const each of data.executions) executions.set(each.id, each);
  for (const id of data.removed) executions.delete(id);
  return {
    ...state,
    executions,
    queue: data.queue,
    list: data.list,
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
  const { ahead, ...rest } = state;
  const now = new Date(at + ahead).toISOString();
  return { kind: "snapshot", data: { ...rest, now, executions: [...state.executions.values()] } };
}

/**
 * Asynchronous executions that were running and are not in a new snapshot.
 *
 * @param {State | null} before
 * @param {State} after
 */
export function missingExecutions(before, after) {
  if (!before) return [];
  const known = new Set([...after.executions.values()].map((each) => each.execution));
  return [...before.executions.values()].filter(
    (each) => each.execution !== null && isOngoing(each) && !known.has(each.execution),
  );
}

/**
 * @param {State} state
 * @param {string} workflow
 * @param {string} name A record's id, or its execution's name.
 */
export function findExecution(state, workflow, name) {
  const byId = state.executions.get(name);
  if (byId?.workflow === workflow) return byId;
  return [...state.executions.values()].find(
    (each) => each.workflow === workflow && each.execution === name,
  );
}

/**
 * @param {State} state
 * @param {string} workflow
 */
export function newestExecution(state, workflow) {
  return [...state.executions.values()]
    .filter((each) => each.workflow === workflow)
    .reduce(
      (last, each) => (last && startOf(last) >= startOf(each) ? last : each),
      /** @type {Summary | undefined} */ (undefined),
    );
}

/**
 * Running executions, newest first, and ended ones, the last to end first.
 *
 * @param {State} state
 */
export function sortExecutions(state) {
  const all = [...state.executions.values()];
  const latest = (time) => (one, other) => time(other) - time(one);
  return {
    ongoing: all.filter(isOngoing).sort(latest(startOf)),
    ended: all.filter((each) => !isOngoing(each)).sort(latest(endOf)),
  };
}

/** @param {Summary} execution */
const startOf = (execution) => Date.parse(execution.started);
/** @param {Summary} execution */
const endOf = (execution) => Date.parse(execution.stopped ?? execution.started);

/**
 * Milliseconds from the start to the end, or to now.
 *
 * @param {Summary} execution
 * @param {number} now By the server's clock.
 */
export function elapsed(execution, now) {
  if (execution.stopped === null && !isOngoing(execution)) return null;
  return Math.max(0, (execution.stopped ? endOf(execution) : now) - startOf(execution));
}

/**
 * The highlight of each state, by its name.
 *
 * @param {Execution} execution
 * @returns {Map<string, "passed" | "current" | "failed">}
 */
export function highlightsOf(execution) {
  const at = execution.status === "SUCCEEDED" ? "passed" : "failed";
  const now = isOngoing(execution) ? "current" : at;
  /** @type {Map<string, "passed" | "current" | "failed">} */
  const highlights = new Map(execution.passed.map((state) => [state, "passed"]));
  for (const state of execution.current) highlights.set(state, now);
  return highlights;
}

/**
 * One step for each entry of the path. It lasts until the next entry that a transition leads to:
 * in a Parallel state the next entry may be in another branch. `lasted` is null if it is not known.
 *
 * @param {Execution} execution
 * @param {number} now By the server's clock.
 */
export function pathSteps(execution, now) {
  const { path, taken, current } = execution;
  const transitions = new Set(taken.map((each) => JSON.stringify(each)));
  const sources = new Set(taken.map(([source]) => source));
  const highlights = highlightsOf(execution);
  const end = execution.stopped ? endOf(execution) : now;
  return path.map(({ state, time }, index) => {
    const isLast = !path.slice(index + 1).some((each) => each.state === state);
    const isCurrent = isLast && current.includes(state);
    const next = path.find(
      (each, other) =>
        other > index &&
        (!sources.has(state) || transitions.has(JSON.stringify([state, each.state]))),
    );
    const until = isCurrent || index === path.length - 1 ? end : next && Date.parse(next.time);
    return {
      state,
      time,
      lasted: until === undefined ? null : Math.max(0, until - Date.parse(time)),
      highlight: isCurrent ? highlights.get(state) : "passed",
    };
  });
}

/**
 * What is announced to screen readers about the shown execution, or null.
 *
 * @param {Execution} before
 * @param {Execution} after
 */
export function announcementOf(before, after) {
  if (before.status !== after.status) {
    return [statusWord(after), after.error].filter(Boolean).join(": ");
  }
  const last = after.path.at(-1);
  if (!last || last.time === before.path.at(-1)?.time) return null;
  return `Entered ${last.state}`;
}
