import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { createRecord } from "../../../src/stepgate/dashboard/page/execution/record.js";

/** @type {(url: string) => Response} */
let answer;
/** @type {string[]} */
let requested;
let time = 0;

beforeEach(() => {
  requested = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => (time += 60_000));
  mock.method(globalThis, "fetch", async (/** @type {string} */ url) => {
    requested.push(url);
    return answer(url);
  });
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

const json = (document, status = 200) => new Response(JSON.stringify(document), { status });

/** Draws it as the page does each second, until there is nothing more to wait for. */
async function draw(record, summary = null) {
  for (let turn = 0; turn < 5; turn += 1) {
    record.of({ workflow: "w", name: "e", summary });
    await new Promise(setImmediate);
  }
  return record.of({ workflow: "w", name: "e", summary });
}

test("one that does not exist is requested again once something is known of it", async () => {
  const record = createRecord(() => {});
  answer = () => json({ message: "none" }, 404);
  assert.equal((await draw(record)).problem, "none");
  assert.equal(requested.length, 1);
  answer = () => json({ status: "FAILED", revision: 5, digest: "a" });
  const { execution, problem } = await draw(record, { revision: 5 });
  assert.deepEqual([execution.status, problem, requested.length], ["FAILED", null, 2]);
});

test("one whose request fails otherwise is requested again", async () => {
  const record = createRecord(() => {});
  answer = () => json({ message: "throttled" }, 502);
  assert.equal((await draw(record)).problem, "throttled");
  assert.ok(requested.length > 1);
});

test("one that has not changed is the same object, so that it is not drawn again", async () => {
  const record = createRecord(() => {});
  const found = { status: "RUNNING", revision: 5, digest: "a" };
  answer = (url) => (url.includes("known=a") ? new Response(null, { status: 204 }) : json(found));
  const first = (await draw(record)).execution;
  assert.deepEqual(first, found);
  assert.equal((await draw(record)).execution, first);
  assert.ok(requested.length > 2);
});
