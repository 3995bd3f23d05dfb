import assert from "node:assert/strict";
import { test } from "node:test";

import * as state from "../../../src/stepgate/dashboard/page/state.js";

const NOW = Date.parse("2026-11-30T12:00:00Z");
const at = (seconds) => new Date(NOW + seconds * 1000).toISOString();

function summary(execution, rest = {}) {
  return {
    id: `order/${execution}`,
    workflow: "order",
    mode: "async",
    execution,
    status: "RUNNING",
    started: at(0),
    stopped: null,
    current: [],
    error: null,
    problem: null,
    isListed: false,
    isComplete: false,
    revision: 1,
    ...rest,
  };
}

const snapshot = (...executions) => ({
  kind: "snapshot",
  data: {
    now: at(5),
    stack: "dev",
    workflows: [],
    queue: { problem: null },
    list: { problem: null },
    executions,
  },
});

const change = (executions, removed = []) => ({
  kind: "change",
  data: { now: at(6), queue: { problem: "gone" }, list: { problem: null }, executions, removed },
});

test("a change adds, replaces and removes executions, and leaves the state before as it was", () => {
  const before = state.applyMessage(null, snapshot(summary("a"), summary("b")), NOW);
  const ended = summary("a", { status: "SUCCEEDED", stopped: at(2) });
  const after = state.applyMessage(before, change([ended, summary("c")], ["order/b"]), NOW);
  assert.deepEqual([...after.executions.keys()], ["order/a", "order/c"]);
  assert.equal(after.executions.get("order/a").status, "SUCCEEDED");
  assert.equal(after.queue.problem, "gone");
  assert.deepEqual([...before.executions.keys()], ["order/a", "order/b"]);
});

test("a heartbeat changes nothing, and a change before the first snapshot is ignored", () => {
  const before = state.applyMessage(null, snapshot(), NOW);
  assert.equal(state.applyMessage(before, { kind: "heartbeat", data: {} }, NOW), before);
  assert.equal(state.applyMessage(null, change([]), NOW), null);
});

test("the server's clock is used, by how much it is ahead", () => {
  const known = state.applyMessage(null, snapshot(summary("a")), NOW);
  assert.equal(known.ahead, 5000);
  const { data } = state.toSnapshot(known, NOW + 1000);
  assert.equal(data.now, at(6));
  assert.deepEqual(state.applyMessage(null, { kind: "snapshot", data }, NOW + 1000), {
    ...known,
    now: at(6),
  });
});

test("running executions that a restarted server does not know are missing", () => {
  const executions = [
    summary("known"),
    summary("missing"),
    summary("ended", { status: "FAILED" }),
    summary(null, { id: "order/ 1" }),
  ];
  const before = state.applyMessage(null, snapshot(...executions), NOW);
  const after = state.applyMessage(null, snapshot(summary("known")), NOW);
  assert.deepEqual(
    state.missingExecutions(before, after).map((each) => each.execution),
    ["missing"],
  );
  assert.deepEqual(state.missingExecutions(null, after), []);
});

test("an execution is found by its name or its record's id, in its workflow only", () => {
  const known = state.applyMessage(null, snapshot(summary("a")), NOW);
  for (const name of ["a", "order/a"]) {
    assert.equal(state.findExecution(known, "order", name)?.execution, "a");
    assert.equal(state.findExecution(known, "other", name), undefined);
  }
});

test("the newest execution, and the order of lists", () => {
  const executions = [
    summary("old", { started: at(-9) }),
    summary("new", { started: at(-1) }),
    summary("first to end", { status: "FAILED", started: at(-2), stopped: at(1) }),
    summary("last to end", { status: "SUCCEEDED", started: at(-3), stopped: at(2) }),
    summary("of another", { workflow: "other", started: at(9) }),
  ];
  const known = state.applyMessage(null, snapshot(...executions), NOW);
  assert.equal(state.newestExecution(known, "order")?.execution, "new");
  assert.equal(state.newestExecution(known, "none"), undefined);
  const { ongoing, ended } = state.sortExecutions(known);
  const names = (some) => some.map((each) => each.execution);
  assert.deepEqual(names(ongoing), ["of another", "new", "old"]);
  assert.deepEqual(names(ended), ["last to end", "first to end"]);
});

test("how long an execution runs or ran", () => {
  assert.equal(state.elapsed(summary("a"), NOW + 1500), 1500);
  assert.equal(state.elapsed(summary("a"), NOW - 1), 0);
  assert.equal(state.elapsed(summary("a", { status: "FAILED", stopped: at(2) }), NOW), 2000);
  assert.equal(state.elapsed(summary("a", { status: "UNKNOWN" }), NOW), null);
});

function execution(rest) {
  const details = { path: [], earlier: 0, passed: [], taken: [] };
  return { ...summary("a"), ...details, input: null, output: null, cause: null, ...rest };
}

test("the states are highlighted as the execution is", () => {
  const at = (status) =>
    Object.fromEntries(state.highlightsOf(execution({ status, passed: ["A"], current: ["B"] })));
  assert.deepEqual(at("RUNNING"), { A: "passed", B: "current" });
  assert.deepEqual(at("SUCCEEDED"), { A: "passed", B: "passed" });
  assert.deepEqual(at("TIMED_OUT"), { A: "passed", B: "failed" });
});

test("a state lasts until the next one that a transition leads to", () => {
  const path = [
    { state: "A", time: at(0) },
    { state: "of another branch", time: at(1) },
    { state: "B", time: at(3) },
  ];
  const steps = state.pathSteps(
    execution({ path, taken: [["A", "B"]], passed: ["A", "of another branch"], current: ["B"] }),
    NOW + 4000,
  );
  assert.deepEqual(
    steps.map((each) => [each.state, each.lasted, each.highlight]),
    [
      ["A", 3000, "passed"],
      ["of another branch", 2000, "passed"],
      ["B", 1000, "current"],
    ],
  );
});

test("what is announced: the end, or the state that was entered", () => {
  const before = execution({ path: [{ state: "A", time: at(0) }] });
  const entered = execution({ path: [...before.path, { state: "B", time: at(1) }] });
  assert.equal(state.announcementOf(before, entered), "Entered B");
  assert.equal(state.announcementOf(before, before), null);
  const failed = execution({ ...entered, status: "FAILED", error: "NotFound" });
  assert.equal(state.announcementOf(entered, failed), "Failed: NotFound");
});
