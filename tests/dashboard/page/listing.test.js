import assert from "node:assert/strict";
import { test } from "node:test";

import { matches, mergeChanges, periodOf } from "../../../src/stepgate/dashboard/page/listing.js";
import { NO_FILTER } from "../../../src/stepgate/dashboard/page/selection.js";
import { at, NOW, summary } from "./summaries.js";

const ids = (rows) => rows.map((each) => each.execution);
const all = () => true;

test("periods", () => {
  assert.deepEqual(["15m", "1h", "7d", "", "1 h", "1y"].map(periodOf), [
    900_000,
    3_600_000,
    604_800_000,
    null,
    null,
    null,
  ]);
});

test("each filter leaves out what differs", () => {
  const failed = summary("Abc", { status: "FAILED", error: "NotFound", current: ["Pay"] });
  const is = (filter) => matches(failed, { ...NO_FILTER, ...filter }, NOW);
  assert.ok(is({}));
  assert.ok(is({ workflow: ["other", "order"], status: ["FAILED"] }));
  assert.ok(!is({ workflow: ["other"] }));
  assert.ok(!is({ status: ["RUNNING"] }));
  const waiting = summary("Abc", { waiting: ["approval"], isSlow: true });
  assert.ok(matches(waiting, { ...NO_FILTER, status: ["WAITING"] }, NOW));
  assert.ok(matches(waiting, { ...NO_FILTER, status: ["SLOW"] }, NOW));
  assert.ok(!is({ status: ["WAITING", "SLOW"] }));
  for (const text of ["abc", "NOTF", "pa"]) assert.ok(is({ text }), text);
  assert.ok(!is({ text: "order" }));
});

test("a period has those that run or have ended in it, whenever they were started", () => {
  const isIn = (stopped, now) => matches(summary("a", { started: at(-9_000), stopped }), { ...NO_FILTER, since: "1h" }, now);
  assert.ok(isIn(null, NOW));
  assert.ok(isIn(at(0), NOW + 3_600_000));
  assert.ok(!isIn(at(0), NOW + 3_600_001));
});

test("rows are replaced by newer revisions only, and removed when they no longer match", () => {
  const rows = [summary("b", { revision: 2, started: at(1) }), summary("a")];
  const old = summary("b", { revision: 1, status: "FAILED" });
  assert.equal(mergeChanges(rows, [old], all, true), rows);
  const ended = summary("b", { revision: 3, status: "SUCCEEDED", started: at(1) });
  assert.equal(mergeChanges(rows, [ended], all, true)[0].status, "SUCCEEDED");
  const isRunning = (each) => each.status === "RUNNING";
  assert.deepEqual(ids(mergeChanges(rows, [ended], isRunning, true)), ["a"]);
});

test("new executions are added, but for those that belong behind what is loaded", () => {
  const rows = [summary("b", { started: at(5) })];
  const newer = summary("c", { started: at(6) });
  const older = summary("a", { started: at(4) });
  assert.deepEqual(ids(mergeChanges(rows, [older, newer], all, false)), ["c", "b"]);
  assert.deepEqual(ids(mergeChanges(rows, [older, newer], all, true)), ["c", "b", "a"]);
});
