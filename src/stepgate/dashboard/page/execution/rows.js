/** The rows of the timeline: visits to states, nested in their items and branches. */

import { markOf, mostUrgent } from "./marks.js";

const FEW = 5; // more items or branches than that are collapsed at first
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];
const TICKS = 6;

/**
 * @typedef {{
 *   key: string, depth: number, label: string, kind: "state" | "item" | "branch", mark: string,
 *   visit: import("./requests.js").StateVisit | null, start: number, end: number,
 *   isOpen: boolean, children: Row[], groups: Map<number, Row>,
 * }} Row `groups` are its items or branches by their indexes. `start` and `end` are milliseconds of the server's clock; what is going on ends now.
 */

/**
 * The rows at the top, with their children.
 *
 * @param {import("./requests.js").StateVisit[]} states In order of entry.
 * @param {number} now
 * @returns {Row[]}
 */
export function rowsOf(states, now) {
  /** @type {Row[]} */
  const roots = [];
  const containers = new Map(); // the newest visit of each state that others are in, by its place
  for (const visit of states) {
    const place = groupOf(visit.around, containers) ?? { children: roots, depth: -1 };
    const start = Date.parse(visit.entered);
    /** @type {Row} */
    const row = {
      key: String(visit.index),
      depth: place.depth + 1,
      label: visit.name,
      kind: "state",
      mark: markOf(visit),
      visit,
      start,
      end: Math.max(start, visit.ended ? Date.parse(visit.ended) : now),
      isOpen: true,
      children: [],
      groups: new Map(),
    };
    place.children.push(row);
    containers.set(JSON.stringify([visit.around, visit.name]), row);
  }
  for (const row of roots) close(row);
  return roots;
}

/** The item or branch that these lead to; null at the top, or if its state was left out. */
function groupOf(around, containers) {
  const last = around.at(-1);
  if (!last) return null;
  const parent = containers.get(JSON.stringify([around.slice(0, -1), last.state]));
  if (!parent) return null;
  const known = parent.groups.get(last.index);
  if (known) return known;
  const group = {
    key: `${parent.key}/${last.index}`,
    depth: parent.depth + 1,
    label: last.kind === "item" ? `Item ${last.index}` : `Branch ${last.index + 1}`,
    kind: last.kind,
    mark: "passed",
    visit: null,
    start: parent.start,
    end: parent.start,
    isOpen: true,
    children: [],
    groups: new Map(),
  };
  parent.children.push(group);
  parent.groups.set(last.index, group);
  return group;
}

/** An item spans what is in it, and has its most urgent mark; many of them are collapsed. */
function close(row) {
  row.children.forEach(close);
  if (row.kind === "state") {
    for (const each of row.children) each.isOpen = row.children.length <= FEW;
    row.children.sort((one, other) => indexOf(one) - indexOf(other));
    return;
  }
  row.start = Math.min(...row.children.map((each) => each.start));
  row.end = Math.max(...row.children.map((each) => each.end));
  row.mark = mostUrgent(row.children.map((each) => each.mark));
}

const indexOf = (row) => Number(row.key.split("/").at(-1));

/**
 * The rows that are seen, each below its parent.
 *
 * @param {Row[]} rows
 * @param {Map<string, boolean>} opened What the user has opened or collapsed, by the row's key.
 * @returns {Row[]}
 */
export function visibleRows(rows, opened) {
  return rows.flatMap((row) => {
    const isOpen = opened.get(row.key) ?? row.isOpen;
    const shown = { ...row, isOpen };
    return isOpen ? [shown, ...visibleRows(row.children, opened)] : [shown];
  });
}

/**
 * Where the time axis has lines, in milliseconds from its start.
 *
 * @param {number} span Milliseconds.
 */
export function ticksOf(span) {
  const seconds = span / 1000;
  const step = seconds < TICKS ? shortStep(Math.max(span / TICKS, 1)) : wholeStep(seconds);
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}

/** 1, 2 or 5 times a power of ten. */
function shortStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5].map((each) => each * power).find((each) => each >= least) ?? 10 * power;
}

function wholeStep(seconds) {
  const days = Math.ceil(seconds / TICKS / 86_400) * 86_400;
  return (STEPS.find((each) => each >= seconds / TICKS) ?? days) * 1000;
}
