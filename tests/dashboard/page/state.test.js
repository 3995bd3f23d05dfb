import assert from "node:assert/strict";
import { test } from "node:test";

import * as state from "../../../src/stepgate/dashboard/page/state.js";
import { at, NOW, overview, summary } from "./summaries.js";

const NO_PROBLEMS = { queue: null, list: null, logs: null };

const snapshot = (...running) => ({
  kind: "snapshot",
  data: {
    now: at(5),
    stack: "dev",
    region: "us-east-1",
    workflows: [],
    problems: NO_PROBLEMS,
    overview: overview(...running),
  },
});

const change = (executions, rest = {}) => ({
  kind: "change",
  data: { now: at(6), problems: NO_PROBLEMS, overview: null, executions, isCut: false, ...rest },
});

test("a change keeps what it does not have, and leaves the state before as it was", () => {
  const before = state.applyMessage(null, snapshot(summary("a")), NOW);
  const problems = { ...NO_PROBLEMS, list: "gone" };
  const after = state.applyMessage(before, change([summary("b")], { problems }), NOW);
  assert.equal(after.overview, before.overview);
  assert.equal(after.problems.list, "gone");
  assert.deepEqual([...after.changed.keys()], ["order/b"]);
  assert.equal(before.changed.size, 0);
  const other = overview();
  assert.equal(state.applyMessage(after, change([], { overview: other }), NOW).overview, other);
});

test("lists are read again after a snapshot, and when a change does not have all", () => {
  const before = state.applyMessage(null, snapshot(), NOW);
  const changed = state.applyMessage(before, change([summary("a")]), NOW);
  assert.equal(changed.generation, before.generation);
  const cut = state.applyMessage(changed, change([], { isCut: true }), NOW);
  assert.notEqual(cut.generation, changed.generation);
  const again = state.applyMessage(cut, snapshot(), NOW);
  assert.notEqual(again.generation, cut.generation);
  assert.equal(again.changed.size, 0);
});

test("of the changed executions the last thousand are kept", () => {
  let known = state.applyMessage(null, snapshot(), NOW);
  for (let page = 0; page < 6; page += 1) {
    const some = Array.from({ length: 200 }, (_, index) => summary(`${page * 200 + index}`));
    known = state.applyMessage(known, change(some), NOW);
  }
  assert.equal(known.changed.size, 1000);
  assert.ok(known.changed.has("order/1199"));
  assert.ok(!known.changed.has("order/199"));
});

test("a heartbeat changes nothing, and a change before the first snapshot is ignored", () => {
  const before = state.applyMessage(null, snapshot(), NOW);
  assert.equal(state.applyMessage(before, { kind: "heartbeat", data: {} }, NOW), before);
  assert.equal(state.applyMessage(null, change([]), NOW), null);
});

test("the server's clock is used, by how much it is ahead", () => {
  const known = state.applyMessage(null, snapshot(summary("a")), NOW);
  assert.equal(known.ahead, 5000);
  const again = state.toSnapshot(known, NOW + 1000);
  assert.equal(again.data.now, at(6));
  assert.deepEqual(state.applyMessage(null, again, NOW + 1000), known);
});

test("an execution is found by its name or its record's id, as it was sent last", () => {
  const first = state.applyMessage(null, snapshot(summary("a")), NOW);
  const ended = summary("a", { revision: 2, status: "FAILED" });
  const known = state.applyMessage(first, change([ended]), NOW);
  for (const name of ["a", "order/a"]) {
    assert.equal(state.findExecution(known, "order", name)?.status, "FAILED");
    assert.equal(state.findExecution(known, "other", name), null);
  }
});

test("how long an execution runs or ran", () => {
  assert.equal(state.elapsed(summary("a"), NOW + 1500), 1500);
  assert.equal(state.elapsed(summary("a"), NOW - 1), 0);
  assert.equal(state.elapsed(summary("a", { status: "FAILED", stopped: at(2) }), NOW), 2000);
  assert.equal(state.elapsed(summary("a", { status: "UNKNOWN" }), NOW), null);
});
