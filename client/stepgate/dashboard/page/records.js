/**
 * What the server tells, as plain data, and what follows from it.
 *
 * @typedef {{state: string, time: string}} Entry
 * @typedef {{
 *   id: string, workflow: string, mode: "async" | "sync", execution: string | null, status: string,
 *   started: string, stopped: string | null, path: Entry[], earlier: number,
 *   current: string[], passed: string[], taken: [string, string][],
 *   input: string | null, output: string | null, error: string | null, cause: string | null,
 *   problem: string | null, isComplete: boolean,
 * }} Execution
 * @typedef {{
 *   name: string, mode: "async" | "sync", example: string, schema: object | null,
 *   diagram: string | null,
 * }} Workflow
 * @typedef {{
 *   stack: string, region: string, workflows: Workflow[],
 *   instance: {id: string, state: string | null, problem: string | null} | null,
 *   queue: {problem: string | null}, executions: Map<string, Execution>, ahead: number,
 * }} State `ahead` is by how many milliseconds the server's clock is ahead of this one.
 * @typedef {{kind: "snapshot" | "change" | "beat", data: any}} Message
 */

const ONGOING = new Set(["RUNNING", "PENDING_REDRIVE"]);
const WORDS = new Map([
  ["RUNNING", "Running"],
  ["PENDING_REDRIVE", "Waits for its redrive"],
  ["SUCCEEDED", "Succeeded"],
  ["FAILED", "Failed"],
  ["TIMED_OUT", "Timed out"],
  ["ABORTED", "Aborted"],
  ["UNKNOWN", "Outcome unknown"],
]);

/** @param {Execution} execution */
export const isOngoing = (execution) => ONGOING.has(execution.status);

/** @param {Execution} execution */
export const statusWord = (execution) => WORDS.get(execution.status) ?? execution.status;

/** @param {Execution} execution */
export const nameOf = (execution) => execution.execution ?? execution.id;

/**
 * The state after a message. Neither argument is changed.
 *
 * @param {State | null} state
 * @param {Message} message
 * @param {number} at When it came, by this clock.
 * @returns {State | null}
 */
export function merged(state, { kind, data }, at) {
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
    instance: data.instance === undefined ? state.instance : data.instance,
    queue: data.queue ?? state.queue,
    ahead: Date.parse(data.now) - at,
  };
}

/**
 * What the server would tell now to a page that has just been opened.
 *
 * @param {State} state
 * @param {number} at
 * @returns {Message}
 */
export function snapshotOf(state, at) {
  const { ahead, ...rest } = state;
  const now = new Date(at + ahead).toISOString();
  return { kind: "snapshot", data: { ...rest, now, executions: [...state.executions.values()] } };
}

/**
 * Asynchronous executions that ran before a new snapshot, and which it lacks.
 *
 * @param {State | null} before
 * @param {State} after
 */
export function forgotten(before, after) {
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
export function found(state, workflow, name) {
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
export function newest(state, workflow) {
  return [...state.executions.values()]
    .filter((each) => each.workflow === workflow)
    .reduce((last, each) => (last && startOf(last) >= startOf(each) ? last : each), undefined);
}

/**
 * Those that run, newest first, and those that have ended, the last to end first.
 *
 * @param {State} state
 */
export function ordered(state) {
  const all = [...state.executions.values()];
  const latest = (time) => (one, other) => time(other) - time(one);
  return {
    ongoing: all.filter(isOngoing).sort(latest(startOf)),
    ended: all.filter((each) => !isOngoing(each)).sort(latest(endOf)),
  };
}

/** @param {Execution} execution */
const startOf = (execution) => Date.parse(execution.started);
/** @param {Execution} execution */
const endOf = (execution) => Date.parse(execution.stopped ?? execution.started);

/**
 * Milliseconds from the start to the end, or to now.
 *
 * @param {Execution} execution
 * @param {number} now By the server's clock.
 */
export function elapsed(execution, now) {
  if (execution.stopped === null && !isOngoing(execution)) return null;
  return Math.max(0, (execution.stopped ? endOf(execution) : now) - startOf(execution));
}

/**
 * How each state is lit, by its name.
 *
 * @param {Execution} execution
 * @returns {Map<string, "passed" | "current" | "failed">}
 */
export function lights(execution) {
  const at = execution.status === "SUCCEEDED" ? "passed" : "failed";
  const now = isOngoing(execution) ? "current" : at;
  return new Map([
    ...execution.passed.map((state) => [state, "passed"]),
    ...execution.current.map((state) => [state, now]),
  ]);
}

/**
 * One line for each entry of the path. An entry lasts until one that a line leads to from it: in a
 * Parallel state the next entry may be another branch's. `lasted` is null where that is not known.
 *
 * @param {Execution} execution
 * @param {number} now By the server's clock.
 */
export function steps(execution, now) {
  const { path, taken, current } = execution;
  const lines = new Set(taken.map((line) => JSON.stringify(line)));
  const sources = new Set(taken.map(([source]) => source));
  const lit = lights(execution);
  const end = execution.stopped ? endOf(execution) : now;
  return path.map(({ state, time }, index) => {
    const isLast = !path.slice(index + 1).some((each) => each.state === state);
    const isCurrent = isLast && current.includes(state);
    const next = path.find(
      (each, other) =>
        other > index &&
        (!sources.has(state) || lines.has(JSON.stringify([state, each.state]))),
    );
    const until = isCurrent || index === path.length - 1 ? end : next && Date.parse(next.time);
    return {
      state,
      time,
      lasted: until === undefined ? null : Math.max(0, until - Date.parse(time)),
      light: isCurrent ? lit.get(state) : "passed",
    };
  });
}

/**
 * What a screen reader tells of the execution in focus, or null.
 *
 * @param {Execution} before
 * @param {Execution} after
 */
export function news(before, after) {
  if (before.status !== after.status) {
    return [statusWord(after), after.error].filter(Boolean).join(": ");
  }
  const last = after.path.at(-1);
  if (!last || last.time === before.path.at(-1)?.time) return null;
  return `Entered ${last.state}`;
}
