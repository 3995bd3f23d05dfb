/** The graph of the shown workflow, with the states of the shown execution lit. */

import { byId, drawn, setAttributes, setText } from "./element.js";
import { lights } from "./records.js";
import { readDiagram } from "./requests.js";

const SMALLEST = 0.75; // names are 14 px at 1
const HANDS_OFF = 4_000; // after the reader has scrolled
const RETRY = 5_000;
const MARGIN = 48;
const RING = 5;
const LIT = "[data-lit=current], [data-lit=failed]";
const BADGES = new Map([
  ["current", "M-4 0a4 4 0 1 1 8 0a4 4 0 1 1-8 0z"],
  ["passed", "M-4 .5-1 3.5 4.5-3"],
  ["failed", "M-3.5-3.5l7 7M3.5-3.5l-7 7"],
]);

/** @param {() => void} redraw */
export function diagramView(redraw) {
  const container = byId("diagram");
  const hint = byId("no-diagram");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const documents = new Map();
  let shown = null;
  let url = null;
  let svg = null;
  let lit;
  let revealed = {};
  let scrolled = -Infinity;

  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    container.addEventListener(kind, () => (scrolled = performance.now()), { passive: true });
  }
  new ResizeObserver(() => svg && fit()).observe(container);

  /** @param {import("./dashboard.js").View} view */
  return ({ workflow, execution }) => {
    if (shown !== workflow.name || url !== workflow.diagram) show(workflow);
    if (svg && lit !== (execution ?? null)) light(execution);
  };

  async function show({ name, diagram }) {
    shown = name;
    url = diagram;
    svg = null;
    lit = undefined;
    revealed = {};
    scrolled = -Infinity;
    container.replaceChildren();
    setAttributes(container, { "aria-label": `Diagram of ${name}` });
    tell(diagram ? "" : "The stack does not tell the definition of this workflow.");
    if (!diagram) return;
    if (!documents.has(diagram)) documents.set(diagram, readDiagram(diagram));
    try {
      const root = await documents.get(diagram);
      if (url !== diagram) return;
      svg = document.importNode(root, true);
      container.replaceChildren(svg);
      fit();
      redraw();
    } catch ({ message }) {
      documents.delete(diagram);
      if (url !== diagram) return;
      tell(message);
      setTimeout(() => url === diagram && (shown = null), RETRY);
    }
  }

  function tell(text) {
    setText(hint, text);
    hint.hidden = !text;
    container.hidden = Boolean(text);
  }

  function fit() {
    const { width, height } = svg.viewBox.baseVal;
    const scale = Math.min(1, Math.max(SMALLEST, container.clientWidth / width));
    setAttributes(svg, { width: Math.floor(width * scale), height: Math.floor(height * scale) });
  }

  function light(execution) {
    lit = execution ?? null;
    const states = execution ? lights(execution) : new Map();
    for (const state of svg.querySelectorAll(".state")) {
      mark(state, states.get(state.dataset.state) ?? null);
    }
    const taken = new Set(execution?.taken.map((line) => JSON.stringify(line)));
    for (const line of svg.querySelectorAll(".line")) {
      const { from, to } = line.dataset;
      setAttributes(line, { "data-taken": taken.has(JSON.stringify([from, to])) });
    }
    reveal(execution);
  }

  /** Brings the current state into view, or the first one of an execution that is in none. */
  function reveal(execution) {
    const id = execution?.id ?? null;
    const state =
      svg.querySelector(`:is(${LIT}):not(.nested)`) ??
      svg.querySelector(LIT) ??
      (revealed.id === id ? revealed.state : svg.querySelector(".state"));
    if (revealed.id === id && revealed.state === state) return;
    revealed = { id, state };
    if (!state || performance.now() - scrolled < HANDS_OFF) return;
    const box = state.querySelector(".box").getBoundingClientRect();
    const frame = container.getBoundingClientRect();
    container.scrollBy({
      left: beyond(box.left - frame.left, box.width, container.clientWidth),
      top: beyond(box.top - frame.top, box.height, container.clientHeight),
      behavior: calm.matches ? "instant" : "smooth",
    });
  }
}

/** How far to scroll for what starts there to be seen, in the middle of the space. */
function beyond(start, length, space) {
  const isSeen = start >= MARGIN && start + length <= space - MARGIN;
  return isSeen ? 0 : start + length / 2 - space / 2;
}

/** A ring, and the badge that the legend has: a colour alone tells nothing to many. */
function mark(state, kind) {
  if ((state.dataset.lit ?? null) === kind) return;
  setAttributes(state, { "data-lit": kind });
  state.querySelectorAll(":scope > .lit").forEach((each) => each.remove());
  if (!kind) return;
  const { x, y, width, height } = state.querySelector(".box").getBBox();
  const ring = drawn("rect", {
    class: "lit outline",
    x: x - RING,
    y: y - RING,
    width: width + 2 * RING,
    height: height + 2 * RING,
    rx: 10 + RING,
  });
  const badge = drawn(
    "g",
    { class: "lit badge", transform: `translate(${x + width},${y})` },
    drawn("circle", { r: 11 }),
    drawn("path", { d: BADGES.get(kind) }),
  );
  state.append(...(kind === "passed" ? [badge] : [ring, badge]));
}
