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
  let timer;

  async function read(wanted, workflow, name, isCall) {
    isReading = true;
    let delay = INTERVAL;
    try {
      const found = isCall
        ? await request("GET", "/record", { id: name })
        : await request("GET", "/execution", { workflow, execution: name });
      if (key === wanted) [known, problem] = [found, null];
    } catch ({ message }) {
      delay = RETRY_DELAY;
      if (key === wanted) problem = message;
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
        [key, known, problem] = [wanted, null, null];
        next = 0;
      }
      const isBehind = !known || isOngoing(known) || (summary?.revision ?? 0) > known.revision;
      if (isBehind && !isReading && performance.now() >= next) {
        // A record's id has a slash, an execution's name has none.
        read(wanted, workflow, name, name.includes("/"));
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
