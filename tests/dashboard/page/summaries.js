/** Executions for the tests, as the server sends them. */

export const NOW = Date.parse("2026-11-30T12:00:00Z");
export const at = (seconds) => new Date(NOW + seconds * 1000).toISOString();

export function summary(execution, rest = {}) {
  return {
    id: `order/${execution}`,
    workflow: "order",
    mode: "async",
    execution,
    status: "RUNNING",
    started: at(0),
    stopped: null,
    current: [],
    waiting: [],
    isSlow: false,
    error: null,
    problem: null,
    version: null,
    redrives: 0,
    revision: 1,
    ...rest,
  };
}

const group = (...executions) => ({ total: executions.length, executions });

export const overview = (...running) => ({
  bucketSeconds: 300,
  since: at(-3600),
  workflows: [],
  attention: { failed: group(), slow: group(), waiting: group(), running: group(...running) },
  loaded: { executions: running.length, oldest: null, isComplete: true, isListing: false },
});
