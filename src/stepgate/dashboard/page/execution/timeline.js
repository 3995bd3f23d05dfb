/** The timeline: a bar for each visit to a state, nested in its items and branches. */

import { drawList, element, setAttributes, setText } from "../element.js";
import { isOngoing } from "../state.js";
import { formatDuration, formatFull, formatSeconds } from "../time.js";
import { MARK_WORDS } from "./marks.js";
import { rowsOf, ticksOf, visibleRows } from "./rows.js";

const LEAST = 0.004; // of the width: a bar that is shorter is not seen

const LAST_TICK = 0.93; // of the width: its label has room

/** @param {(state: number) => string} urlOf The address of a state's details. */
export function timelineView(urlOf) {
  const axis = element("div", { class: "axis", "aria-hidden": "true" });
  const list = element("ol", { class: "bars", "aria-label": "Timeline" });
  const hint = element("p", { class: "hint" });
  const root = element("div", { class: "timeline" }, hint, axis, list);
  const opened = new Map();
  let id;
  let last;

  /** Again only if something has changed: time alone changes what is going on. */
  function drawChanged(view) {
    const isSame = view.execution === last?.execution && view.visit === last?.visit;
    if (!isSame || !view.execution || isOngoing(view.execution)) draw(view);
  }

  function draw(view) {
    const { execution, visit, now } = (last = view);
    if (execution?.id !== id) opened.clear();
    id = execution?.id;
    const rows = execution ? visibleRows(rowsOf(execution.states, now), opened) : [];
    const start = Math.min(...rows.map((each) => each.start), Date.parse(execution?.started));
    const end = execution?.stopped ? Date.parse(execution.stopped) : now;
    const span = Math.max(1, end - start, ...rows.map((each) => each.end - start));
    const ticks = (rows.length ? ticksOf(span) : []).filter((tick) => tick / span < LAST_TICK);
    drawList(axis, ticks, String, (tick) => tickOf(tick));
    ticks.forEach((tick, index) => place(axis.children[index], tick / span));
    const items = rows.map((row) => ({ row, start, span, isShown: row.key === String(visit?.index) }));
    // A row keeps its label: the rows of another execution are other ones.
    drawList(list, items, ({ row }) => `${id} ${row.key}`, bar);
    setText(hint, hintOf(execution));
    hint.hidden = !hint.textContent;
  }

  function bar({ row: first }) {
    const { label, visit, kind } = first;
    const toggle = element("button", { type: "button", class: "toggle" });
    toggle.addEventListener("click", () => {
      opened.set(first.key, toggle.getAttribute("aria-expanded") !== "true");
      draw(last);
    });
    const word = element("span", { class: "visually-hidden" });
    const name = visit
      ? element("a", { class: "name", title: `${label} · ${visit.type}` }, label)
      : element("span", { class: "name" }, label);
    const filled = element("span", { class: `bar ${visit?.type === "Wait" ? "wait" : kind}` });
    const took = element("span", { class: "took" });
    const track = element("span", { class: "track" }, filled, took);
    const head = element("span", { class: "head" }, toggle, name, word);
    const root = element("li", {}, head, track);
    root.style.setProperty("--depth", String(first.depth));
    return {
      root,
      draw({ row, start, span, isShown }) {
        const isLeaf = row.children.length === 0;
        setAttributes(root, { "data-mark": row.mark, "aria-current": isShown && "true" });
        if (row.visit) setAttributes(name, { href: urlOf(row.visit.index) });
        setAttributes(toggle, {
          "aria-expanded": String(row.isOpen),
          "aria-label": `${row.isOpen ? "Collapse" : "Expand"} ${label}`,
          hidden: isLeaf,
        });
        setText(toggle, row.isOpen ? "▾" : "▸");
        setText(word, `, ${MARK_WORDS[row.mark]}`);
        const lasted = row.end - row.start;
        const format = row.mark === "current" ? formatSeconds : formatDuration;
        const tries = row.visit?.attempts.length ?? 0;
        setText(took, tries > 1 ? `${format(lasted)}, ${tries} attempts` : format(lasted));
        setAttributes(filled, { title: `${formatFull(row.start)} – ${formatFull(row.end)}` });
        const from = (row.start - start) / span;
        const length = Math.max(LEAST, lasted / span);
        place(filled, Math.min(from, 1 - LEAST), length);
        // Beside the bar where there is room for it.
        const side = from + length < 0.7 ? "right" : from > 0.25 ? "left" : "inside";
        setAttributes(took, { "data-side": side });
        place(took, side === "left" ? 1 - from : from + length);
        drawList(filled, tries > 1 ? row.visit.attempts : [], (each) => each.started, attempt);
        [...filled.children].forEach((node, index) => {
          const at = Date.parse(row.visit.attempts[index].started) - row.start;
          place(node, at / Math.max(1, lasted));
        });
      },
    };
  }

  return { root, draw: drawChanged };
}

/** An attempt begins at a line in its bar. */
const attempt = () => ({ root: element("i"), draw() {} });

function tickOf(tick) {
  return { root: element("span", {}, tick ? formatDuration(tick) : "0"), draw() {} };
}

/** The content security policy refuses style attributes, not the object model. */
function place(node, from, length) {
  node.style.setProperty("--from", from.toFixed(5));
  if (length !== undefined) node.style.setProperty("--length", length.toFixed(5));
}

function hintOf(execution) {
  if (!execution) return "";
  if (execution.omitted) return `${execution.omitted} earlier states are not shown.`;
  return execution.states.length ? "" : (execution.historyProblem ?? "No states are known yet.");
}
