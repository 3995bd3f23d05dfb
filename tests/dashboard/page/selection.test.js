import assert from "node:assert/strict";
import { test } from "node:test";

import {
  executionUrl,
  listUrl,
  NO_FILTER,
  readSelection,
  startUrl,
} from "../../../src/stepgate/dashboard/page/selection.js";

const HOSTILE = '<img src=x onerror="a">/ %?&#';

test("a page without a fragment shows the overview", () => {
  for (const hash of ["", "#", "#/"]) {
    assert.deepEqual(readSelection(hash), { view: "overview", isUnknown: false });
  }
});

test("unknown addresses show the overview, which says so", () => {
  for (const hash of ["#/nothing", "#x", "#/executions/a", "#/executions/a/b/c", "#/start/%"]) {
    assert.deepEqual(readSelection(hash), { view: "overview", isUnknown: true }, hash);
  }
});

test("each view's link leads back to it, whatever the names are", () => {
  assert.deepEqual(readSelection(startUrl(HOSTILE)), { view: "start", workflow: HOSTILE });
  const execution = { view: "execution", workflow: HOSTILE, name: HOSTILE };
  const shown = { tab: /** @type {const} */ ("events"), state: 3 };
  assert.deepEqual(readSelection(executionUrl(HOSTILE, HOSTILE, shown)), {
    ...execution,
    ...shown,
  });
  assert.deepEqual(readSelection(executionUrl(HOSTILE, HOSTILE)), {
    ...execution,
    tab: "graph",
    state: null,
  });
  const filter = { workflow: [HOSTILE, "b"], status: ["FAILED"], since: "1h", text: HOSTILE };
  assert.deepEqual(readSelection(listUrl(filter)), { view: "executions", filter });
  assert.deepEqual(readSelection(listUrl()), { view: "executions", filter: NO_FILTER });
});

test("what a link says wrongly of an execution is left out", () => {
  const { tab, state } = readSelection("#/executions/a/b?view=none&state=-1");
  assert.deepEqual([tab, state], ["graph", null]);
});

test("links of earlier versions still open an execution, or a workflow's list", () => {
  const { view, workflow, name } = readSelection("#workflow=order&execution=order%2F+1");
  assert.deepEqual([view, workflow, name], ["execution", "order", "order/ 1"]);
  assert.deepEqual(readSelection("#workflow=order").filter, { ...NO_FILTER, workflow: ["order"] });
});
