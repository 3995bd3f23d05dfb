/** The state of all executions, kept from the server's events. */

import { connection } from "./connection.js";
import { forgotten, merged, snapshotOf } from "./records.js";
import { readExecution } from "./requests.js";

const MOST_ASKED = 20;

/**
 * @typedef {import("./records.js").Message | {kind: "lost", data: {since: number}}} Told
 *   `since` is when the last event came, by this clock; 0 if none ever did.
 */

/** @param {(told: Told) => void} tell */
export function feed(tell) {
  let state = null;
  let last = 0;
  let isLost = false;

  const close = connection(
    (message) => {
      const before = state;
      last = Date.now();
      isLost = false;
      state = merged(state, message, last);
      tell(message);
      if (message.kind === "snapshot") askFor(forgotten(before, state));
    },
    () => {
      isLost = true;
      tell(lost());
    },
  );
  const lost = () => ({ kind: "lost", data: { since: last } });

  return {
    close,
    /** What a page has to be told that has just been opened. */
    soFar: () => [...(state ? [snapshotOf(state, Date.now())] : []), ...(isLost ? [lost()] : [])],
  };
}

/** The server tells of each as a change, and it matters little which of them it has lost. */
function askFor(executions) {
  for (const each of executions.slice(0, MOST_ASKED)) {
    readExecution(each.workflow, each.execution).catch(() => {});
  }
}
