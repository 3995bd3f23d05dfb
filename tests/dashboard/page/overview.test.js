import assert from "node:assert/strict";
import { test } from "node:test";
import { overview, summary } from "./summaries.js";

// Of the browser, when the module is loaded.
Object.assign(globalThis, { matchMedia: () => ({ matches: true }) });
const { loadedText, urgentOf } = await import("../../../src/stepgate/dashboard/page/overview.js");

const names = (executions) => executions.map((each) => each.execution);
const numbered = (name, count) => Array.from({ length: count }, (_, index) => summary(`${name}${index}`));
const groupOf = (executions) => ({ total: executions.length, executions });

test("one that is slow or waits is there once, and others leave most rows to failed ones", () => {
  const [failed, running] = [numbered("f", 20), numbered("r", 20)];
  const { attention } = overview();
  const all = { ...attention, failed: groupOf(failed), slow: groupOf([running[1]]), running: groupOf(running) };
  const urgent = names(urgentOf({ ...overview(), attention: all }, 12));
  assert.deepEqual(urgent.slice(-4), ["r1", "r0", "r2", "r3"]);
  assert.deepEqual(urgent.slice(0, -4), names(failed.slice(0, 8)));
});

test("it is never said that nothing has run before all was listed", () => {
  const { loaded } = overview();
  assert.equal(loadedText({ ...loaded, isComplete: false, isListing: true }, 0), "Loading executions…");
  assert.equal(loadedText(loaded, 0), "");
  assert.match(loadedText({ ...loaded, executions: 2, isComplete: false, isListing: true }, 0), /loading more/);
});
