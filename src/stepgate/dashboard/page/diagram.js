/** The diagram of the selected workflow, with the states of the execution highlighted. */

import { byId, setAttributes, setText, svgElement } from "./element.js";
import { readDiagram } from "./requests.js";
import { highlightsOf } from "./state.js";

const MIN_SCALE = 0.75; // names are 14 px at 1
const SCROLL_PAUSE = 4_000; // after the user has scrolled
const RETRY_DELAY = 5_000;
const MARGIN = 48;
const RING = 5;
const ACTIVE = "[data-highlight=current], [data-highlight=failed]";
const BADGES = new Map([
  ["current", "M-4 0a4 4 0 1 1 8 0a4 4 0 1 1-8 0z"],
  ["passed", "M-4 .5-1 3.5 4.5-3"],
  ["failed", "M-3.5-3.5l7 7M3.5-3.5l-7 7"],
]);

/** @param {() => void} redraw */
export function diagramView(redraw) {
  const container = byId("diagram");
  const hint = byId("no-diagram");
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const documents = new Map();
  let shown = null;
  let url = null;
  let svg = null;
  let highlighted;
  let inView = {};
  let scrolled = -Infinity;

  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    container.addEventListener(kind, () => (scrolled = performance.now()), { passive: true });
  }
  new ResizeObserver(() => svg && fit()).observe(container);

  /** @param {import("./dashboard.js").View} view */
  return ({ workflow, execution }) => {
    if (shown !== workflow.name || url !== workflow.diagram) show(workflow);
    if (svg && highlighted !== (execution ?? null)) highlight(execution);
  };

  async function show({ name, diagram }) {
    shown = name;
    url = diagram;
    svg = null;
    highlighted = undefined;
    inView = {};
    scrolled = -Infinity;
    container.replaceChildren();
    setAttributes(container, { "aria-label": `Diagram of ${name}` });
    showHint(diagram ? "" : "The stack's outputs do not have the definition of this workflow.");
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
      showHint(message);
      setTimeout(() => url === diagram && (shown = null), RETRY_DELAY);
    }
  }

  function showHint(text) {
    setText(hint, text);
    hint.hidden = !text;
    container.hidden = Boolean(text);
  }

  function fit() {
    const { width, height } = svg.viewBox.baseVal;
    const scale = Math.min(1, Math.max(MIN_SCALE, container.clientWidth / width));
    setAttributes(svg, { width: Math.floor(width * scale), height: Math.floor(height * scale) });
  }

  function highlight(execution) {
    highlighted = execution ?? null;
    const states = execution ? highlightsOf(execution) : new Map();
    for (const state of svg.querySelectorAll(".state")) {
      markState(state, states.get(state.dataset.state) ?? null);
    }
    const taken = new Set(execution?.taken.map((line) => JSON.stringify(line)));
    for (const line of svg.querySelectorAll(".line")) {
      const { from, to } = line.dataset;
      setAttributes(line, { "data-taken": taken.has(JSON.stringify([from, to])) });
    }
    scrollToActive(execution);
  }

  /** Scrolls to the current state, or the first one of an execution that has none. */
  function scrollToActive(execution) {
    const id = execution?.id ?? null;
    const state =
      svg.querySelector(`:is(${ACTIVE}):not(.nested)`) ??
      svg.querySelector(ACTIVE) ??
      (inView.id === id ? inView.state : svg.querySelector(".state"));
    if (inView.id === id && inView.state === state) return;
    inView = { id, state };
    if (!state || performance.now() - scrolled < SCROLL_PAUSE) return;
    const box = state.querySelector(".box").getBoundingClientRect();
    const frame = container.getBoundingClientRect();
    container.scrollBy({
      left: scrollOffset(box.left - frame.left, box.width, container.clientWidth),
      top: scrollOffset(box.top - frame.top, box.height, container.clientHeight),
      behavior: reducedMotion.matches ? "instant" : "smooth",
    });
  }
}

/** How far to scroll to center something at that position, 0 if it is visible already. */
function scrollOffset(start, length, space) {
  const isVisible = start >= MARGIN && start + length <= space - MARGIN;
  return isVisible ? 0 : start + length / 2 - space / 2;
}

/** A ring, and the badge of the legend: not everyone sees the color. */
function markState(state, kind) {
  if ((state.dataset.highlight ?? null) === kind) return;
  setAttributes(state, { "data-highlight": kind });
  state.querySelectorAll(":scope > .highlight").forEach((each) => each.remove());
  if (!kind) return;
  const { x, y, width, height } = state.querySelector(".box").getBBox();
  const ring = svgElement("rect", {
    class: "highlight outline",
    x: x - RING,
    y: y - RING,
    width: width + 2 * RING,
    height: height + 2 * RING,
    rx: 10 + RING,
  });
  const badge = svgElement(
    "g",
    { class: "highlight badge", transform: `translate(${x + width},${y})` },
    svgElement("circle", { r: 11 }),
    svgElement("path", { d: BADGES.get(kind) }),
  );
  state.append(...(kind === "passed" ? [badge] : [ring, badge]));
}
