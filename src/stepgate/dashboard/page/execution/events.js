/** The history's events, as a table that is read page by page. */

import { drawList, element, setText } from "../element.js";
import { formatDuration, formatFull, formatTime } from "../time.js";
import { aroundText } from "./marks.js";
import { readHistory } from "./requests.js";

/** @param {() => void} redraw */
export function eventsView(redraw) {
  const body = element("tbody");
  const heads = ["Time", "Event", "State", "Details"].map((each) => element("th", { scope: "col" }, each));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body);
  const more = element("button", { type: "button" }, "Show more");
  const hint = element("p", { class: "hint" });
  const scroller = element(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": "Events" },
    table,
  );
  const root = element("div", { class: "events" }, scroller, hint, more);
  let id = null;
  let revision = -1;
  let events = new Map();
  let cursor = null;
  let next = null;
  let isReading = false;
  let problem = "";
  more.addEventListener("click", () => {
    cursor = next;
    read();
  });

  /** The last page is requested again when more has happened. */
  async function read() {
    const [workflow, execution, wanted] = [shown.workflow, shown.execution, id];
    isReading = true;
    try {
      const page = await readHistory({ workflow, execution }, cursor);
      if (wanted !== id) return;
      for (const each of page.events) events.set(each.id, each);
      next = page.next;
      problem = "";
    } catch ({ message }) {
      if (wanted === id) problem = message;
    } finally {
      isReading = false;
      redraw();
    }
  }

  let shown;
  return {
    root,
    /** @param {{execution: any}} view */
    draw({ execution }) {
      shown = execution;
      if (execution?.id !== id) {
        [id, revision, cursor, next, problem] = [execution?.id ?? null, -1, null, null, ""];
        events = new Map();
      }
      if (execution?.execution && execution.revision !== revision && !isReading && !next) {
        revision = execution.revision;
        read();
      }
      const start = Date.parse(execution?.started ?? "");
      drawList(body, [...events.values()], (each) => String(each.id), (event) => row(event, start));
      more.hidden = next === null;
      const isUnknown = execution && !execution.execution;
      setText(hint, problem || (isUnknown ? "The events of a call without a name are not known." : ""));
      hint.hidden = !hint.textContent;
      scroller.hidden = events.size === 0;
    },
  };
}

/**
 * @param {import("./requests.js").HistoryEvent} event
 * @param {number} start Of the execution.
 */
function row({ time, type, state, around, details }, start) {
  const at = Date.parse(time);
  const after = `+ ${formatDuration(Math.max(0, at - start))}`;
  const within = aroundText(around);
  const root = element(
    "tr",
    {},
    element(
      "td",
      {},
      element("time", { datetime: time, title: formatFull(at) }, formatTime(at)),
      element("small", { class: "hint" }, after),
    ),
    element("td", {}, type),
    element("td", {}, state ?? "", ...(within ? [element("small", { class: "hint" }, within)] : [])),
    element(
      "td",
      {},
      element("details", {}, element("summary", {}, "Details"), element("pre", {}, details)),
    ),
  );
  return { root, draw() {} };
}
