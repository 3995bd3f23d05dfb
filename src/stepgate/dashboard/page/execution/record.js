/** The execution that is shown, as the server knows it; requested again while it goes on. */

import { request } from "../requests.js";
import { isOngoing } from "../state.js";

const INTERVAL = 2_000; // the server reads an execution at most once a second
const RETRY_DELAY = 5_000;

/** @param {() => void} redraw */
export function createRecord(redraw) {
  let key = null;
  /** @type {any} An execution, as in requests.js. */
  let known = null;
  /** @type {string | null} */
  let problem = null;
  let isReading = false;
  let next = 0;
  /** @type {number | null} The revision of the summary when there was no such execution. */
  let missingAt = null;
  let timer;

  async function read(wanted, workflow, name, isCall, revision) {
    isReading = true;
    let delay = INTERVAL;
    /** @type {Record<string, string>} */
    const same = key === wanted && known ? { known: known.digest } : {};
    try {
      const found = isCall
        ? await request("GET", "/record", { id: name, ...same })
        : await request("GET", "/execution", { workflow, execution: name, ...same });
      if (key === wanted) [known, problem, missingAt] = [found ?? known, null, null];
    } catch ({ message, isMissing }) {
      delay = RETRY_DELAY;
      if (key === wanted) [problem, missingAt] = [message, isMissing ? revision : null];
    }
    isReading = false;
    next = performance.now() + delay;
    clearTimeout(timer);
    timer = setTimeout(redraw, delay);
    redraw();
  }

  return {
    /** @param {{workflow: string, name: string, summary: import("../state.js").Summary | null}} view */
    of({ workflow, name, summary }) {
      const wanted = JSON.stringify([workflow, name]);
      if (key !== wanted) {
        [key, known, problem, missingAt] = [wanted, null, null, null];
        next = 0;
      }
      const revision = summary?.revision ?? 0;
      const isBehind = !known || isOngoing(known) || revision > known.revision;
      const isMissing = missingAt !== null && revision <= missingAt;
      if (isBehind && !isMissing && !isReading && performance.now() >= next) {
        // A record's id has a slash, an execution's name has none.
        read(wanted, workflow, name, name.includes("/"), revision);
      }
      return { execution: known, problem };
    },
    /** After an action: what it has changed is requested without waiting. */
    refresh() {
      next = 0;
      redraw();
    },
  };
}
