/** The details of the shown execution: lists have summaries only. */

import { readRecord } from "./requests.js";

const RETRY_DELAY = 5_000;
const UNKNOWN = { path: [], earlier: 0, passed: [], taken: [], input: null, output: null, cause: null };

/** @param {() => void} onResponse */
export function createDetails(onResponse) {
  /** @type {import("./state.js").Execution | null} */
  let known = null;
  let shown = null;
  let isReading = false;

  const read = async (id) => {
    isReading = true;
    try {
      known = await readRecord(id);
    } catch {
      // It is requested again: the server may be restarting, and a removed record is not shown.
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
    }
    isReading = false;
    onResponse();
  };

  return {
    /**
     * The same object until something changes; what is not known yet is empty, or as it was before.
     *
     * @param {import("./state.js").Summary} summary
     * @returns {import("./state.js").Execution}
     */
    of(summary) {
      const isCurrent = known?.id === summary.id && known.revision >= summary.revision;
      if (!isCurrent && !isReading) read(summary.id);
      if (shown?.summary !== summary || shown.known !== known) {
        const rest = known?.id === summary.id ? known : UNKNOWN;
        shown = { summary, known, execution: isCurrent ? known : { ...rest, ...summary } };
      }
      return shown.execution;
    },
    /** After a restart of the server its revisions start again. */
    reset: () => (known = null),
  };
}
