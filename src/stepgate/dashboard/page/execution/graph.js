/** The diagram of the state machine: its marks, zoomed and panned by mouse, touch and keyboard. */

import { element, setAttributes, setText, svgElement } from "../element.js";
import { readDiagram } from "../requests.js";
import { MARK_WORDS, marksOf } from "./marks.js";
import { fitted, initial, isWhole, panned, revealing, seen, zoomed } from "./viewport.js";

const STEP = 1.25;
const PAN = 60; // pixels
const RETRY_DELAY = 5_000;
const DRAG = 4; // pixels: less than that is a click
const RING = 5;
const BADGES = new Map([
  ["current", "M-4 0a4 4 0 1 1 8 0a4 4 0 1 1-8 0z"],
  ["passed", "M-4 .5-1 3.5 4.5-3"],
  ["failed", "M-3.5-3.5l7 7M3.5-3.5l-7 7"],
  ["contains", "M0-5V1M0 4.5v.01"],
  ["caught", "M4 3V-1a3 3 0 0 0-3-3H-4M-1.5-6.5-4-4-1.5-1.5"],
  ["aborted", "M-3.5-3.5h7v7h-7z"],
]);

/** @param {(state: number) => void} select Shows the state's details. */
export function graphView(select) {
  const picture = element("div", {
    class: "picture",
    tabindex: "0",
    role: "group",
    "aria-label": "Diagram: arrow keys move it, + and - zoom, 0 fits it",
  });
  const map = svgElement("svg", { class: "minimap", "aria-hidden": "true" });
  const hint = element("p", { class: "hint" });
  const buttons = element(
    "div",
    { class: "zoom", role: "group", "aria-label": "Zoom" },
    button("−", "Zoom out", () => zoom(1 / STEP)),
    button("+", "Zoom in", () => zoom(STEP)),
    button("Fit", "Fit the diagram", fit),
  );
  const frame = element("div", { class: "frame" }, picture, map, buttons);
  const root = element("div", { class: "graph" }, legend(), frame, hint);
  let url;
  /** @type {any} */
  let svg = null;
  let drawing = { width: 1, height: 1 };
  let viewport = { scale: 1, x: 0, y: 0 };
  let isMoved = false;
  let drawn;
  let shownState;
  let followed = null;
  const boxes = new Map();
  const pointers = new Map();
  let travelled = 0;
  /** @type {{x: number, y: number, isOurs?: boolean} | null} */
  let touch = null;

  new ResizeObserver(() => svg && (isMoved ? move(viewport) : start())).observe(picture);
  picture.addEventListener("wheel", onWheel, { passive: false });
  picture.addEventListener("keydown", onKey);
  picture.addEventListener("pointerdown", onPointerDown);
  picture.addEventListener("pointermove", onPointerMove);
  picture.addEventListener("touchstart", onTouchStart, { passive: true });
  picture.addEventListener("touchmove", onTouchMove, { passive: false });
  for (const kind of ["pointerup", "pointercancel"]) {
    picture.addEventListener(kind, (/** @type {any} */ event) => pointers.delete(event.pointerId));
  }
  picture.addEventListener("click", (event) => travelled < DRAG && choose(event.target));
  picture.addEventListener("focusin", ({ target }) => {
    const state = stateOf(target);
    if (state && /** @type {Element} */ (target).matches(":focus-visible")) reveal(state);
  });
  map.addEventListener("click", (event) => {
    const { left, top, width, height } = map.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * drawing.width;
    const y = ((event.clientY - top) / height) * drawing.height;
    const part = seen(viewport, size());
    isMoved = true;
    const by = { x: (part.x + part.width / 2 - x) * viewport.scale, y: 0 };
    by.y = (part.y + part.height / 2 - y) * viewport.scale;
    move(panned(viewport, by, drawing, size()));
  });

  const size = () => ({ width: picture.clientWidth || 1, height: picture.clientHeight || 1 });
  const middle = () => ({ x: size().width / 2, y: size().height / 2 });

  function move(next) {
    viewport = next;
    const part = seen(viewport, size());
    setAttributes(svg, { viewBox: `${part.x} ${part.y} ${part.width} ${part.height}` });
    const mark = map.lastElementChild;
    if (mark) setAttributes(mark, { x: part.x, y: part.y, width: part.width, height: part.height });
    setAttributes(map, { hidden: isWhole(viewport, drawing, size()) });
  }

  function zoom(factor, at = middle()) {
    if (!svg) return;
    isMoved = true;
    move(zoomed(viewport, factor, at, drawing, size()));
  }

  function fit() {
    if (!svg) return;
    isMoved = true;
    move(fitted(drawing, size()));
  }

  function start() {
    move(initial(drawing, size()));
    if (followed) move(revealing(viewport, boxes.get(followed), drawing, size()));
  }

  function reveal(name) {
    if (boxes.has(name)) move(revealing(viewport, boxes.get(name), drawing, size()));
  }

  function onWheel(event) {
    if (!svg) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const { left, top } = picture.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      zoom(Math.exp(-event.deltaY / 300), at);
      return;
    }
    const next = panned(viewport, { x: -event.deltaX, y: -event.deltaY }, drawing, size());
    // At its edge the page scrolls on, as with any scroll container.
    if (next.x === viewport.x && next.y === viewport.y) return;
    event.preventDefault();
    isMoved = true;
    move(next);
  }

  function onKey(event) {
    if (!svg || event.ctrlKey || event.metaKey || event.altKey) return;
    const pans = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };
    if (event.key === "+" || event.key === "=") zoom(STEP);
    else if (event.key === "-") zoom(1 / STEP);
    else if (event.key === "0") fit();
    else if (event.key === "Enter" || event.key === " ") choose(event.target);
    else if (pans[event.key]) {
      const [x, y] = pans[event.key];
      isMoved = true;
      move(panned(viewport, { x, y }, drawing, size()));
    } else return;
    event.preventDefault();
  }

  function onPointerDown(event) {
    if (event.button !== 0) return;
    if (pointers.size === 0) travelled = 0;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  function onPointerMove(event) {
    const before = pointers.get(event.pointerId);
    if (!before || !svg) return;
    const now = { x: event.clientX, y: event.clientY };
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (travelled < DRAG) return;
    if (!picture.hasPointerCapture(event.pointerId)) picture.setPointerCapture(event.pointerId);
    isMoved = true;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (!other) {
      move(panned(viewport, { x: now.x - before.x, y: now.y - before.y }, drawing, size()));
      return;
    }
    const apart = (one) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    const { left, top } = picture.getBoundingClientRect();
    const at = { x: (now.x + other.x) / 2 - left, y: (now.y + other.y) / 2 - top };
    zoom(apart(now) / apart(before), at);
  }

  function onTouchStart({ touches }) {
    touch = { x: touches[0].clientX, y: touches[0].clientY };
  }

  /** A finger scrolls the page where the diagram cannot be moved on, as a wheel does. */
  function onTouchMove(event) {
    if (!touch || !svg) return;
    if (event.touches.length > 1) touch.isOurs = true;
    if (touch.isOurs === undefined) {
      const [x, y] = [event.touches[0].clientX - touch.x, event.touches[0].clientY - touch.y];
      const by = Math.abs(x) > Math.abs(y) ? { x, y: 0 } : { x: 0, y };
      const next = panned(viewport, by, drawing, size());
      const isMovable = Math.hypot(next.x - viewport.x, next.y - viewport.y) >= 1;
      touch.isOurs = isMovable && !isWhole(viewport, drawing, size());
    }
    if (touch.isOurs) event.preventDefault();
  }

  function choose(target) {
    const mark = drawn && marksOf(drawn).get(stateOf(target) ?? "");
    if (mark) select(mark.last);
  }

  async function load(workflow) {
    url = workflow?.diagram ?? null;
    svg = null;
    drawn = undefined;
    isMoved = false;
    followed = null;
    boxes.clear();
    picture.replaceChildren();
    map.replaceChildren();
    showHint(url ? "" : "The stack's outputs do not have the definition of this workflow.");
    if (!url) return;
    const wanted = url;
    try {
      const read = await readDiagram(wanted);
      if (url !== wanted) return;
      svg = document.importNode(read, true);
      const { width, height } = svg.viewBox.baseVal;
      drawing = { width, height };
      // A small one needs no tall frame.
      picture.style.setProperty("--height", String(height));
      picture.style.setProperty("--ratio", String(height / width));
      // An image has no parts that can be chosen.
      setAttributes(svg, { width: "100%", height: "100%", role: "group" });
      picture.append(svg);
      for (const state of svg.querySelectorAll(".state")) boxes.set(state.dataset.state, boxOf(state));
      drawMap();
      draw(last);
      start();
    } catch ({ message, isMissing }) {
      if (url !== wanted) return;
      showHint(message);
      if (!isMissing) setTimeout(() => url === wanted && load(last.workflow), RETRY_DELAY);
    }
  }

  function drawMap() {
    setAttributes(map, { viewBox: `0 0 ${drawing.width} ${drawing.height}` });
    const parts = [...boxes].map(([state, { x, y, width, height }]) =>
      svgElement("rect", { class: "part", "data-state": state, x, y, width, height, rx: 8 }),
    );
    map.replaceChildren(...parts, svgElement("rect", { class: "seen" }));
  }

  function showHint(text) {
    setText(hint, text);
    hint.hidden = !text;
    frame.hidden = Boolean(text);
  }

  let last;
  function draw({ execution, visit }) {
    if (drawn === execution && shownState === visit?.name) return;
    drawn = execution;
    shownState = visit?.name;
    const marks = execution ? marksOf(execution) : new Map();
    for (const state of svg.querySelectorAll(".state")) {
      const name = state.dataset.state;
      mark(state, marks.get(name));
      setAttributes(state, { "data-shown": name === visit?.name });
    }
    for (const part of map.querySelectorAll(".part")) {
      setAttributes(part, { "data-mark": marks.get(/** @type {any} */ (part).dataset.state)?.mark });
    }
    const taken = new Set(execution?.taken.map((line) => JSON.stringify(line)));
    for (const line of svg.querySelectorAll(".line")) {
      const { from, to } = line.dataset;
      setAttributes(line, { "data-taken": taken.has(JSON.stringify([from, to])) });
    }
    follow(marks, visit?.name);
  }

  /** Keeps what is going on in view, until the user has moved the diagram. */
  function follow(marks, shown) {
    const of = (kind) => [...marks].find(([name, { mark }]) => mark === kind && boxes.has(name))?.[0];
    const next = shown ?? of("failed") ?? of("current") ?? null;
    if (next === followed) return;
    followed = next;
    if (next && (!isMoved || shown)) reveal(next);
  }

  return {
    root,
    /** @param {{workflow: any, execution: any, visit: any}} view */
    draw(view) {
      last = view;
      if (url === undefined || url !== (view.workflow?.diagram ?? null)) load(view.workflow);
      else if (svg) draw(view);
    },
  };
}

const stateOf = (target) => target.closest?.("[data-state]")?.dataset.state ?? null;

/** In the whole drawing: a state in a Map is in groups that are moved. */
function boxOf(state) {
  const { x, y, width, height } = state.querySelector(".box").getBBox();
  const box = { x, y, width, height };
  for (let node = state.parentNode; node?.transform; node = node.parentNode) {
    if (node instanceof SVGSVGElement) break;
    for (const { matrix } of node.transform.baseVal) {
      box.x += matrix.e;
      box.y += matrix.f;
    }
  }
  return box;
}

/** A ring, the legend's badge and a note: not everyone sees the color. */
function mark(state, marked) {
  const box = state.querySelector(".box");
  const text = marked ? `${marked.mark} ${marked.note}` : "";
  if ((state.dataset.drawn ?? "") === text) return;
  setAttributes(state, { "data-drawn": text || null, "data-mark": marked?.mark });
  state.querySelectorAll(":scope > .mark").forEach((each) => each.remove());
  const name = state.dataset.state;
  const label = marked && [name, MARK_WORDS[marked.mark], marked.note].filter(Boolean).join(", ");
  setAttributes(box, {
    tabindex: marked && "0",
    role: marked && "button",
    "aria-label": label,
  });
  if (!marked) return;
  const { x, y, width, height } = box.getBBox();
  const ring = svgElement("rect", {
    class: "mark outline",
    x: x - RING,
    y: y - RING,
    width: width + 2 * RING,
    height: height + 2 * RING,
    rx: 10 + RING,
  });
  const badge = svgElement(
    "g",
    { class: "mark badge", transform: `translate(${x + width},${y})` },
    svgElement("circle", { r: 11 }),
    svgElement("path", { d: BADGES.get(marked.mark) }),
  );
  state.append(...(["current", "failed"].includes(marked.mark) ? [ring, badge] : [badge]));
  if (!marked.note) return;
  const note = svgElement("text", { x: x + width - 24, y: y + 4 }, marked.note);
  const group = svgElement("g", { class: "mark note" }, note);
  state.append(group);
  const measured = /** @type {any} */ (note).getBBox();
  const pill = { x: measured.x - 8, y: y - 11, width: measured.width + 16, height: 22, rx: 11 };
  group.prepend(svgElement("rect", pill));
}

function legend() {
  const items = [...BADGES].map(([kind, path]) =>
    element(
      "li",
      { "data-mark": kind },
      svgElement(
        "svg",
        { class: "badge", viewBox: "-12 -12 24 24", "aria-hidden": "true" },
        svgElement("circle", { r: 11 }),
        svgElement("path", { d: path }),
      ),
      MARK_WORDS[kind],
    ),
  );
  return element("ul", { class: "marks", "aria-label": "Legend" }, ...items);
}

function button(text, label, act) {
  const made = element("button", { type: "button", "aria-label": label, title: label }, text);
  made.addEventListener("click", act);
  return made;
}
