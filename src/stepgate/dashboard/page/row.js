/** An execution in a list: one link to it. */

import { element, icon, setAttributes, setIcon, setText } from "./element.js";
import { executionUrl } from "./selection.js";
import { elapsed, isOngoing, nameOf, statusWord } from "./state.js";
import { formatAgo, formatDuration, formatFull, formatSeconds } from "./time.js";

const ICONS = new Map([
  ["RUNNING", "running"],
  ["PENDING_REDRIVE", "redrive"],
  ["SUCCEEDED", "succeeded"],
  ["FAILED", "failed"],
  ["TIMED_OUT", "timed-out"],
  ["ABORTED", "aborted"],
]);

/** @param {{status: string}} execution */
export const iconOf = (execution) => ICONS.get(execution.status) ?? "unknown";

/**
 * @typedef {{execution: import("./state.js").Summary, now: number}} Row
 *
 * @param {Row} first
 */
export function executionRow({ execution: { id, workflow, started } }) {
  const statusIcon = icon("unknown");
  const status = element("b");
  const slow = element("span", { class: "slow", hidden: true }, "slow");
  const name = element("span", { class: "name" });
  const detail = element("span", { class: "detail" });
  const took = element("span", { class: "took" });
  const title = formatFull(Date.parse(started));
  const time = element("time", { datetime: started, title });
  const link = element(
    "a",
    {},
    element("span", { class: "status" }, statusIcon, status, slow),
    element("span", { class: "workflow", title: workflow }, workflow),
    name,
    detail,
    time,
    took,
  );
  const root = element("li", { "data-id": id }, link);
  return {
    root,
    /** @param {Row} current */
    draw({ execution, now }) {
      const lasted = elapsed(execution, now);
      const format = isOngoing(execution) ? formatSeconds : formatDuration;
      const said = detailOf(execution);
      setAttributes(root, { "data-status": execution.status });
      setAttributes(link, { href: executionUrl(workflow, nameOf(execution)) });
      setIcon(statusIcon, iconOf(execution));
      setText(status, statusWord(execution));
      slow.hidden = !execution.isSlow;
      setText(name, nameOf(execution));
      setAttributes(name, { title: nameOf(execution) });
      setText(detail, said);
      setAttributes(detail, { title: said || null });
      setText(took, lasted === null ? "" : format(lasted));
      setText(time, formatAgo(Date.parse(started), now));
    },
  };
}

function detailOf({ status, waiting, current, error, problem }) {
  if (waiting.length) return `waiting for ${waiting.join(", ")}`;
  // The innermost state first: it is the most specific, and there is room for one.
  if (isOngoing({ status })) return [...current].reverse().join(", ");
  return error ?? problem ?? "";
}
