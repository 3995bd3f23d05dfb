/** The client in Node.js, with its own WebSocket, at the server of tests/client/live_server.py. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { follow, FollowError } from "../../src/stepgate/browser/follow.js";

const { url, executions, scenarios } = JSON.parse(process.env.LIVE ?? "{}");
const workflow = "later";

/** @param {string} execution */
function ticketOf(execution) {
  return async () => {
    const answer = await fetch(`${executions}/${execution}/tickets`, { method: "POST" });
    if (!answer.ok) throw new FollowError("no ticket", answer.status);
    return (await answer.json()).ticket;
  };
}

/** What comes of an execution, and the error behind it. @param {string} execution */
async function followed(execution, options = {}) {
  const messages = [];
  try {
    const ticket = ticketOf(execution);
    for await (const message of follow({ url, workflow, execution, ticket, ...options })) {
      messages.push(message);
      options.seen?.(message);
    }
  } catch (error) {
    return { messages, error };
  }
  return { messages };
}

test("each message comes once, and in order", { concurrency: true }, async (t) => {
  await Promise.all(
    scenarios.map(({ name, numbers, after, status }) =>
      t.test(name, async () => {
        const { messages, error } = await followed(name, { after });
        assert.deepEqual(messages.map(({ number }) => number ?? null), numbers);
        assert.equal(error?.status ?? 0, status, error);
        if (!error) assert.equal(messages.at(-1).status, "SUCCEEDED");
      }),
    ),
  );
});

test("an error has the execution and the reason", async () => {
  const { error } = await followed("refused");
  assert.equal(String(error), "FollowError: later: refused cannot be followed: 403 Forbidden So it is.");
});

test("an error of the ticket ends it, unless it may pass", async () => {
  const ticket = ticketOf("in-order");
  const passing = [new TypeError("fetch failed"), new FollowError("busy", 503)];
  const tried = async () => {
    const error = passing.pop();
    if (error) throw error;
    return ticket();
  };
  assert.equal((await followed("in-order", { ticket: tried })).messages.length, 6);
  const broken = new Error("no user");
  const refused = () => Promise.reject(broken);
  assert.equal((await followed("in-order", { ticket: refused })).error, broken);
});

test("each connection may have a URL of its own", async () => {
  let connections = 0;
  const signed = async () => `${url}?signature=${connections++}`;
  assert.equal((await followed("closed-each-time.2", { url: signed })).messages.length, 6);
  assert.equal(connections, 6);
});

test("a signal ends it while it waits, and before it begins", async () => {
  for (const abortsAt of ["State 2", null]) {
    const ends = new AbortController();
    if (abortsAt === null) ends.abort();
    const { error } = await followed("ask-seconds.2", {
      signal: ends.signal,
      seen: ({ state }) => state === abortsAt && setImmediate(() => ends.abort()),
    });
    assert.equal(error, ends.signal.reason);
  }
});

test("a loop that is left closes the connection", async () => {
  const sockets = [];
  const Own = globalThis.WebSocket;
  globalThis.WebSocket = class extends Own {
    constructor(address) {
      super(address);
      sockets.push(this);
    }
  };
  for await (const _ of follow({ url, workflow, execution: "in-order" })) break;
  globalThis.WebSocket = Own;
  assert.deepEqual(sockets.map(({ readyState }) => readyState), [Own.CLOSING]);
});

test("without an answer it gives up after a minute", async (t) => {
  mock.timers.enable({ apis: ["Date", "setTimeout"] });
  const moved = setInterval(() => mock.timers.tick(10_000), 5);
  t.after(() => (clearInterval(moved), mock.timers.reset()));
  const { error } = await followed("in-order", { url: "ws://127.0.0.1:1/v1" });
  assert.match(error.message, /^later: in-order cannot be followed: (the connection is closed|no answer)$/);
  assert.equal(error.status, 0);
});

for (const [execution, milliseconds] of [["ask-seconds", 300_000], ["connection-seconds", 6_600_000]]) {
  test(`a quiet connection is asked or replaced in time: ${execution}`, async (t) => {
    mock.timers.enable({ apis: ["Date", "setTimeout"] });
    t.after(() => mock.timers.reset());
    const pass = ({ number }) => number === 2 && setImmediate(() => mock.timers.tick(milliseconds));
    const { messages } = await followed(execution, { seen: pass });
    assert.deepEqual(messages.map(({ number }) => number), [1, 2, 3, 4, 5, 6]);
  });
}

test("a reader that takes long keeps its connection", async (t) => {
  mock.timers.enable({ apis: ["Date", "setTimeout"] });
  t.after(() => mock.timers.reset());
  let connections = 0;
  const address = () => (connections++, url);
  const { messages } = await followed("busy-reader.2", { url: address, seen: () => mock.timers.tick(31_000) });
  assert.deepEqual(messages.map(({ number }) => number), [1, 2, 3, 4, 5, 6]);
  assert.equal(connections, 1);
});

test("a connection without an answer is replaced", async (t) => {
  mock.timers.enable({ apis: ["Date", "setTimeout"] });
  // In 2.4 s to the end of the first connection, so that the server has seen it.
  const moved = setInterval(() => mock.timers.tick(500), 40);
  t.after(() => (clearInterval(moved), mock.timers.reset()));
  let connections = 0;
  const address = () => (connections++ && clearInterval(moved), url);
  const { messages } = await followed("answer-seconds", { url: address });
  assert.equal(messages.at(-1).status, "SUCCEEDED");
});
