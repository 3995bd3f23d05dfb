import assert from "node:assert/strict";
import { test } from "node:test";

import { countsText, marksOf } from "../../../src/stepgate/dashboard/page/execution/marks.js";
import { rowsOf, ticksOf, visibleRows } from "../../../src/stepgate/dashboard/page/execution/rows.js";
import {
  fitted,
  initial,
  isWhole,
  panned,
  revealing,
  seen,
  zoomed,
} from "../../../src/stepgate/dashboard/page/execution/viewport.js";

const START = Date.parse("2026-11-30T08:00:00.000Z");
const at = (seconds) => new Date(START + seconds * 1000).toISOString();
let count = 0;
const visit = (name, entered, ended, more = {}) => ({
  index: count++,
  name,
  type: "Task",
  status: ended === null ? "RUNNING" : "SUCCEEDED",
  isOrigin: false,
  isCaught: false,
  entered: at(entered),
  ended: ended === null ? null : at(ended),
  around: [],
  attempts: [],
  error: null,
  cause: null,
  hasData: true,
  child: null,
  ...more,
});
const inItem = (index) => ({ around: [{ state: "Each", index, kind: "item" }] });
const inBranch = (index) => ({ around: [{ state: "Both", index, kind: "branch" }] });
const labels = (rows) => rows.map((each) => `${"  ".repeat(each.depth)}${each.label}`);

test("only where the error came from is red", () => {
  const states = [
    visit("Both", 0, 3, { status: "FAILED" }),
    visit("Pay", 0, 3, { ...inBranch(0), status: "FAILED", isOrigin: true }),
    visit("Pack", 0, 1, inBranch(1)),
    visit("Ship", 1, 3, { ...inBranch(1), status: "ABORTED" }),
  ];
  const marks = marksOf({ states, counts: {} });
  const kinds = Object.fromEntries([...marks].map(([name, { mark }]) => [name, mark]));
  assert.deepEqual(kinds, { Both: "contains", Pay: "failed", Pack: "passed", Ship: "aborted" });
});

test("an error that was caught is apart from one that ended the execution", () => {
  const states = [visit("Pay", 0, 1, { status: "FAILED", isOrigin: true, isCaught: true })];
  assert.equal(marksOf({ states, counts: {} }).get("Pay")?.mark, "caught");
});

test("a state that items have visited has the most urgent mark and the newest such visit", () => {
  const states = [
    visit("Work", 0, 1, inItem(0)),
    visit("Work", 0, null, inItem(1)),
    visit("Work", 0, 1, inItem(2)),
  ];
  const { mark, note, last } = marksOf({ states, counts: {} }).get("Work") ?? {};
  assert.deepEqual([mark, note, last], ["current", "3 ×", states[1].index]);
});

test("counts of a Map name what has happened and leave out what has not", () => {
  const none = { succeeded: 2, failed: 0, running: 0, aborted: 0 };
  assert.equal(countsText({ ...none, total: 4, failed: 1 }), "2 of 4 done, 1 failed");
  assert.equal(countsText({ ...none, total: null, aborted: 3 }), "2 done, 3 cut off");
});

test("items are nested in their Map, a Wait in one that is going on ends now", () => {
  const states = [
    visit("Each", 0, null, { type: "Map" }),
    visit("Pause", 1, null, { ...inItem(1), type: "Wait" }),
    visit("Work", 0, 2, inItem(0)),
    visit("Pause", 2, null, { ...inItem(0), type: "Wait" }),
  ];
  const rows = visibleRows(rowsOf(states, START + 5000), new Map());
  assert.deepEqual(labels(rows), [
    "Each",
    "  Item 0",
    "    Work",
    "    Pause",
    "  Item 1",
    "    Pause",
  ]);
  const pause = rows.at(-1);
  assert.deepEqual([pause?.mark, pause?.start, pause?.end], ["current", START + 1000, START + 5000]);
  assert.equal(rows[1].mark, "current");
});

test("the second visit of a Map has items of its own", () => {
  const states = [
    visit("Each", 0, 1),
    visit("Work", 0, 1, inItem(0)),
    visit("Each", 1, 2),
    visit("Work", 1, 2, inItem(0)),
  ];
  const rows = rowsOf(states, START);
  assert.deepEqual(rows.map((each) => each.children[0].children[0].visit), [states[1], states[3]]);
});

test("40 items are collapsed until they are opened", () => {
  const items = Array.from({ length: 40 }, (_, index) => visit("Work", 0, 1, inItem(index)));
  const rows = rowsOf([visit("Each", 0, 1), ...items], START);
  const before = visibleRows(rows, new Map());
  assert.equal(before.length, 41);
  assert.equal(visibleRows(rows, new Map([[before[3].key, true]])).length, 42);
  assert.equal(visibleRows(rows, new Map([[before[0].key, false]])).length, 1);
});

test("many items take no longer than their number", () => {
  const secondsOf = (/** @type {number} */ number) => {
    const items = Array.from({ length: number }, (_, index) => visit("Work", 0, 1, inItem(index)));
    const states = [visit("Each", 0, 1), ...items];
    const began = performance.now();
    assert.equal(rowsOf(states, START)[0].children.length, number);
    assert.equal(marksOf({ states, counts: {} }).get("Work")?.note, `${number} ×`);
    return performance.now() - began;
  };
  secondsOf(2_000); // compiled
  // Each looked for among all others would be 100 times as long.
  assert.ok(secondsOf(40_000) < 50 * secondsOf(4_000));
});

test("states whose Map was left out are at the top", () => {
  assert.deepEqual(labels(rowsOf([visit("Work", 0, 1, inItem(7))], START)), ["Work"]);
});

test("the time axis has a few lines at round times", () => {
  assert.deepEqual(ticksOf(30_000), [0, 5000, 10_000, 15_000, 20_000, 25_000, 30_000]);
  for (const span of [0, 1, 40, 999, 6_000, 59_999, 3_600_000, 400_000_000, 31_536_000_000]) {
    const ticks = ticksOf(span);
    assert.ok(ticks.length >= 1 && ticks.length <= 12, `${span}: ${ticks.length}`);
    assert.ok((ticks.at(-1) ?? 0) <= span);
  }
});

const FRAME = { width: 800, height: 600 };
const SMALL = { width: 400, height: 300 };
const LARGE = { width: 1600, height: 9000 };

test("what fits is shown whole in the middle, and not enlarged", () => {
  assert.deepEqual(fitted(SMALL, FRAME), { scale: 1, x: 200, y: 150 });
  assert.ok(isWhole(initial(SMALL, FRAME), SMALL, FRAME));
});

test("a large machine begins readable, and can be fitted", () => {
  assert.ok(initial(LARGE, FRAME).scale >= 0.6);
  assert.ok(!isWhole(initial(LARGE, FRAME), LARGE, FRAME));
  assert.ok(isWhole(fitted(LARGE, FRAME), LARGE, FRAME));
});

test("three branches are shown whole on a phone, and not cut", () => {
  const [branches, phone] = [{ width: 761, height: 856 }, { width: 360, height: 700 }];
  assert.ok(isWhole(initial(branches, phone), branches, phone));
  const low = { width: 1200, height: 416 };
  assert.ok(initial(branches, low).scale >= 0.6);
});

test("the point under the pointer stays there", () => {
  const before = initial(LARGE, FRAME);
  const pointer = { x: 300, y: 200 };
  const after = zoomed(before, 1.5, pointer, LARGE, FRAME);
  const point = (viewport) => (pointer.y - viewport.y) / viewport.scale;
  assert.ok(Math.abs(point(after) - point(before)) < 1e-9);
});

test("it is neither panned nor zoomed out of the frame", () => {
  const far = panned(initial(LARGE, FRAME), { x: -1e6, y: -1e6 }, LARGE, FRAME);
  const shown = seen(far, FRAME);
  assert.ok(shown.y < LARGE.height && shown.y + shown.height < LARGE.height + 100);
  assert.ok(zoomed(far, 1e-9, { x: 0, y: 0 }, LARGE, FRAME).scale >= fitted(LARGE, FRAME).scale);
});

test("a state out of the frame is brought into it, one that is seen moves nothing", () => {
  const before = initial(LARGE, FRAME);
  const below = { x: 700, y: 7000, width: 200, height: 60 };
  const shown = seen(revealing(before, below, LARGE, FRAME), FRAME);
  assert.ok(shown.y < below.y && shown.y + shown.height > below.y + below.height);
  const above = { x: 700, y: 20, width: 200, height: 60 };
  assert.equal(revealing(before, above, LARGE, FRAME), before);
});
