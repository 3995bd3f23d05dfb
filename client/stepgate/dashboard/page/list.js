/** The executions of all workflows: those that run, then those that have ended. */

import { byId, drawList, element, icon, setAttributes, setIcon, setText } from "./element.js";
import { elapsed, isOngoing, nameOf, ordered, statusWord } from "./records.js";
import { addressOf } from "./selection.js";
import { duration, fullMoment, moment, wholeDuration } from "./time.js";

const PAGE = 50;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ICONS = new Map([
  ["RUNNING", "running"],
  ["PENDING_REDRIVE", "redrive"],
  ["SUCCEEDED", "succeeded"],
  ["FAILED", "failed"],
  ["TIMED_OUT", "timed-out"],
  ["ABORTED", "aborted"],
]);

/** @param {import("./records.js").Execution} execution */
export const iconOf = (execution) => ICONS.get(execution.status) ?? "unknown";

/** @param {() => void} redraw */
export function listView(redraw) {
  const more = byId("more");
  let limit = PAGE;
  more.addEventListener("click", () => {
    limit += PAGE;
    redraw();
  });

  /** @param {import("./dashboard.js").View} view */
  return ({ state, execution, now }) => {
    const { ongoing, ended } = ordered(state);
    const focused = document.activeElement?.closest("[data-id]")?.dataset.id;
    const rows = (executions) =>
      executions.map((each) => ({ execution: each, isShown: each === execution, now }));
    drawGroup("ongoing", `${ongoing.length} running`, rows(ongoing.slice(0, limit)));
    drawGroup("ended", `${ended.length} ended`, rows(ended.slice(0, limit)));
    const left = Math.max(ongoing.length, ended.length) - limit;
    more.hidden = left <= 0;
    setText(more, `Show ${Math.min(PAGE, left)} more`);
    byId("nothing").hidden = state.executions.size > 0;
    setText(byId("queue-problem"), state.queue.problem ?? "");
    byId("queue-problem").hidden = !state.queue.problem;
    if (focused) keepFocus(focused);
  };
}

function drawGroup(id, title, rows) {
  byId(`${id}-title`).hidden = rows.length === 0;
  setText(byId(`${id}-title`), title);
  drawList(byId(id), rows, (each) => each.execution.id, row);
}

/** A row that has changed its group is another element. */
function keepFocus(id) {
  if (document.activeElement !== document.body) return;
  const link = document.querySelector(`[data-id="${CSS.escape(id)}"] a`);
  link?.focus({ preventScroll: true });
}

function row({ execution: { id, workflow, execution: name, started } }) {
  const sign = icon("unknown");
  const status = element("b");
  const how = element("span", { class: "how" });
  const took = element("span", { class: "took" });
  const short = UUID.test(name) ? name.slice(0, 6) : (name ?? "");
  const which = element(
    "span",
    { class: "which" },
    element("span", {}, workflow),
    " ",
    element("span", {}, short),
  );
  const time = element("time", { datetime: started, title: fullMoment(Date.parse(started)) });
  const link = element("a", {}, sign, status, how, took, which, time);
  const root = element("li", { "data-id": id }, link);
  return {
    root,
    draw({ execution, isShown, now }) {
      const lasted = elapsed(execution, now);
      const format = isOngoing(execution) ? wholeDuration : duration;
      const detail = detailOf(execution);
      setAttributes(root, { "data-status": execution.status });
      setAttributes(link, {
        href: addressOf(workflow, nameOf(execution)),
        title: `${workflow} ${nameOf(execution)}`,
        "aria-current": isShown && "true",
      });
      setIcon(sign, iconOf(execution));
      setText(status, statusWord(execution));
      setText(how, detail);
      setText(took, lasted === null ? "" : format(lasted));
      setText(time, moment(Date.parse(started), now));
    },
  };
}

function detailOf(execution) {
  // The innermost first: it tells most, and there is room for one.
  if (isOngoing(execution)) return [...execution.current].reverse().join(", ");
  return execution.error ?? "";
}
