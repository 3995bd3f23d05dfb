/** The executions of all workflows: first those that are running, then those that have ended. */

import { byId, drawList, element, icon, setAttributes, setIcon, setText } from "./element.js";
import { selectionUrl } from "./selection.js";
import { elapsed, isOngoing, nameOf, sortExecutions, statusWord } from "./state.js";
import { formatDuration, formatFull, formatRecent, formatSeconds } from "./time.js";

const PAGE_SIZE = 50;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ICONS = new Map([
  ["RUNNING", "running"],
  ["PENDING_REDRIVE", "redrive"],
  ["SUCCEEDED", "succeeded"],
  ["FAILED", "failed"],
  ["TIMED_OUT", "timed-out"],
  ["ABORTED", "aborted"],
]);

/** @param {import("./state.js").Summary} execution */
export const iconOf = (execution) => ICONS.get(execution.status) ?? "unknown";

/** @param {() => void} redraw */
export function listView(redraw) {
  const more = byId("more");
  let limit = PAGE_SIZE;
  more.addEventListener("click", () => {
    limit += PAGE_SIZE;
    redraw();
  });

  /** @param {import("./dashboard.js").View} view */
  return ({ state, execution, now }) => {
    const { ongoing, ended } = sortExecutions(state);
    const active = /** @type {HTMLElement | null | undefined} */ (
      document.activeElement?.closest("[data-id]")
    );
    const focused = active?.dataset.id;
    const rows = (executions) =>
      executions.map((each) => ({ execution: each, isShown: each.id === execution?.id, now }));
    drawGroup("ongoing", `${ongoing.length} running`, rows(ongoing.slice(0, limit)));
    drawGroup("ended", `${ended.length} ended`, rows(ended.slice(0, limit)));
    const left = Math.max(ongoing.length, ended.length) - limit;
    more.hidden = left <= 0;
    setText(more, `Show ${Math.min(PAGE_SIZE, left)} more`);
    byId("nothing").hidden = state.executions.size > 0;
    for (const source of ["queue", "list"]) {
      setText(byId(`${source}-problem`), state[source].problem ?? "");
      byId(`${source}-problem`).hidden = !state[source].problem;
    }
    if (focused) keepFocus(focused);
  };
}

function drawGroup(id, title, rows) {
  byId(`${id}-title`).hidden = rows.length === 0;
  setText(byId(`${id}-title`), title);
  drawList(byId(id), rows, (each) => each.execution.id, row);
}

/** A row that has moved to the other group is a new element. */
function keepFocus(id) {
  if (document.activeElement !== document.body) return;
  /** @type {HTMLElement | null} */
  const link = document.querySelector(`[data-id="${CSS.escape(id)}"] a`);
  link?.focus({ preventScroll: true });
}

/**
 * @typedef {{execution: import("./state.js").Summary, isShown: boolean, now: number}} Row
 *
 * @param {Row} first
 */
function row({ execution: { id, workflow, execution: name, started } }) {
  const statusIcon = icon("unknown");
  const status = element("b");
  const detail = element("span", { class: "detail" });
  const took = element("span", { class: "took" });
  const short = name?.replace(UUID, (uuid) => uuid.slice(0, 6)) ?? "";
  const which = element(
    "span",
    { class: "which" },
    element("span", {}, workflow),
    " ",
    element("span", {}, short),
  );
  const time = element("time", { datetime: started, title: formatFull(Date.parse(started)) });
  const link = element("a", {}, statusIcon, status, detail, took, which, time);
  const root = element("li", { "data-id": id }, link);
  return {
    root,
    /** @param {Row} current */
    draw({ execution, isShown, now }) {
      const lasted = elapsed(execution, now);
      const format = isOngoing(execution) ? formatSeconds : formatDuration;
      setAttributes(root, { "data-status": execution.status });
      setAttributes(link, {
        href: selectionUrl(workflow, nameOf(execution)),
        title: `${workflow} ${nameOf(execution)}`,
        "aria-current": isShown && "true",
      });
      setIcon(statusIcon, iconOf(execution));
      setText(status, statusWord(execution));
      setText(detail, detailOf(execution));
      setText(took, lasted === null ? "" : format(lasted));
      setText(time, formatRecent(Date.parse(started), now));
    },
  };
}

function detailOf(execution) {
  // The innermost first: it is the most specific, and there is room for one.
  if (isOngoing(execution)) return [...execution.current].reverse().join(", ");
  return execution.error ?? "";
}
