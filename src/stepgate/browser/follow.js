/**
 * Follows an execution at the live API of a Stepgate stack, in browsers and in Node.js 22 or newer:
 *
 *     for await (const message of follow({ url, workflow, execution, ticket })) show(message);
 *
 * Each message comes once, in the order of its number, up to the last one, which has no `state` and
 * says how the execution ended. A lost connection is opened again, and what was missed meanwhile
 * comes first.
 */

// Milliseconds.
const GAP = 2_000; // messages of parallel states overtake each other
const ANSWER = 30_000; // an integration of API Gateway has 29 s
const ASK = 300_000; // shows what was missed, and that the connection is good; an idle one ends after 10 minutes
const CONNECTION = 110 * 60_000; // API Gateway ends each after 2 hours
const NEW = 5_000; // a new execution may not be found at first
const FIRST_ANSWER = 60_000;
const [SHORTEST_PAUSE, LONGEST_PAUSE] = [500, 10_000];

const ENDS = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

/**
 * @typedef {object} Message
 * @property {string} workflow
 * @property {string} execution its name
 * @property {string} [executionArn]
 * @property {string} [state] that was entered; absent in the last message
 * @property {"ENTERED" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED"} status
 * @property {string} [time] when it happened, as ISO 8601
 * @property {number} [item] the index of the item, for a state of a Map
 * @property {string} [error] of an execution that has failed
 * @property {string} [cause]
 * @property {number} [number] absent if the message was lost, and made from the status
 */

/**
 * The execution cannot be followed. `status` is one of HTTP: 101 if there is a connection, but what came is
 * nothing that this module knows; 0 if there is no answer.
 */
export class FollowError extends Error {
  name = "FollowError";

  /** @param {string} message @param {number} status @param {unknown} [cause] */
  constructor(message, status, cause) {
    super(message, { cause });
    this.status = status;
  }

  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * @param {object} options
 * @param {string | (() => string | Promise<string>)} options.url the output `liveUrl`; a function if
 *   each connection needs another one, such as a signed one
 * @param {string} options.workflow its name
 * @param {string} options.execution its name
 * @param {() => Promise<string>} [options.ticket] gets a new ticket, for each connection. Its errors end
 *   the loop, but for a FollowError with a status that may pass, and `fetch`'s TypeError of no network
 * @param {number | null} [options.after] the number of the last message that is known; 0 gives all
 *   that are kept, null those from now on
 * @param {AbortSignal} [options.signal] ends the loop, with the signal's reason as the error
 * @returns {AsyncGenerator<Message, void, undefined>}
 */
export async function* follow({ url, workflow, execution, ticket, after = 0, signal }) {
  const sequence = new Sequence(after);
  const cannot = `${workflow}: ${execution} cannot be followed`;
  const started = Date.now();
  let pause = SHORTEST_PAUSE;
  let isAnswered = false;
  let isOver = false;
  let highest = 0; // of all numbers
  /** @type {Message | undefined} */
  let newest; // that was passed on
  /** @type {number | null} */
  let lostUpTo = null; // what is missing up to there is lost if the next answer does not have it

  while (!isOver) {
    signal?.throwIfAborted();
    try {
      yield* connection();
    } catch (error) {
      const tried = isAnswered ? 0 : Date.now() - started;
      const mayBeNew = error.status === 404 && !isAnswered && tried < NEW;
      const isTransient = error instanceof FollowError ? error.isTransient : error instanceof TypeError;
      if (!isTransient && !mayBeNew) throw error;
      if (tried > FIRST_ANSWER) {
        throw new FollowError(`${cannot}: ${error.message}`, 0, error);
      }
      await sleep(pause * (0.5 + Math.random() / 2), signal);
      pause = Math.min(pause * 1.5, LONGEST_PAUSE);
    }
  }

  /** One, until the execution or the connection's time is over. */
  async function* connection() {
    const good = await ticket?.();
    const socket = new Connection(typeof url === "function" ? await url() : url, signal);
    try {
      const ends = Date.now() + CONNECTION;
      let answerBy = Date.now() + ANSWER;
      let askAt = Infinity;
      lostUpTo = null;

      /** @param {number | null} from @param {string} [ticket] */
      const ask = (from, ticket) => {
        socket.send({ action: "follow", workflow, execution, ticket, after: from ?? undefined });
        answerBy = Date.now() + ANSWER;
        askAt = Infinity;
      };

      while (!isOver && Date.now() < ends) {
        if (Date.now() >= askAt) ask(sequence.last);
        const frame = await socket.next(Math.min(ends, askAt, answerBy) - Date.now());
        signal?.throwIfAborted();
        switch (frame?.type) {
          case undefined: // what has come while the reader was busy is seen first
            if (Date.now() >= answerBy) throw new FollowError("no answer", 0);
            break;
          case "open":
            ask(sequence.last, good);
            break;
          case "closed":
            throw new FollowError("the connection is closed", 0);
          case "malformed":
            throw new FollowError(`${cannot}: update this module, or check the url: it sent ${frame.text}`, 101);
          case "problem": {
            const why = [frame.status, frame.title, frame.detail, frame.message].filter(Boolean).join(" ");
            throw new FollowError(`${cannot}: ${why}`, frame.status);
          }
          case "message": {
            const before = newest;
            sequence.add([frame]);
            yield* take();
            isOver = isAtEnd() && newest !== before;
            if (sequence.top && lostUpTo === null && answerBy === Infinity) {
              lostUpTo = sequence.top;
              askAt = Date.now() + GAP;
            }
            break;
          }
          case "status": {
            isAnswered = true;
            pause = SHORTEST_PAUSE;
            highest = Math.max(highest, frame.number);
            sequence.last ??= highest;
            sequence.add(frame.messages);
            if (frame.more) {
              yield* take();
              ask(frame.messages.at(-1).number);
              break;
            }
            const isSettled = yield* settle(frame.status);
            lostUpTo = isSettled ? null : sequence.top;
            answerBy = Infinity;
            askAt = Date.now() + (isSettled ? ASK : GAP);
          }
        }
      }
    } finally {
      socket.close();
    }
  }

  function* take(lostUpTo = 0) {
    highest = Math.max(highest, sequence.top);
    for (const message of sequence.take(lostUpTo)) {
      newest = message;
      yield message;
    }
  }

  /** Whether the newest message is an end. One that was redriven has messages behind one. */
  function isAtEnd() {
    return newest !== undefined && newest.state === undefined && newest.number === highest;
  }

  /** Whether nothing is missing, and the status agrees with the messages. @param {string | null} status */
  function* settle(status) {
    const [before, isAskedAgain] = [newest, lostUpTo !== null];
    const hasEnded = status !== null && ENDS.includes(status);
    yield* take(lostUpTo ?? 0);
    // An end with another status is that of before a redrive.
    if (isAtEnd() && (!hasEnded || status === newest?.status)) {
      isOver = status === null || hasEnded; // if not, it was redriven, or has just ended
      return isOver || newest === before;
    }
    if (hasEnded && isAskedAgain) {
      isOver = true;
      yield { workflow, execution, status };
    }
    return !hasEnded && !sequence.top;
  }
}

/** Brings messages into the order of their numbers, and drops those that it has had. */
class Sequence {
  /** @param {number | null} last */
  constructor(last) {
    this.last = last;
    /** @type {Map<number, any>} */
    this.held = new Map();
  }

  /** The highest number behind a gap; 0 if there is no gap. */
  get top() {
    return Math.max(0, ...this.held.keys());
  }

  /** @param {any[]} messages */
  add(messages) {
    for (const { type, ...message } of messages) this.held.set(message.number, message);
  }

  /** The messages that are next; what is missing up to a number is not waited for. */
  *take(lostUpTo = 0) {
    if (this.last === null) return;
    for (const number of [...this.held.keys()].sort((a, b) => a - b)) {
      if (number > this.last + 1 && number > lostUpTo) return;
      const message = this.held.get(number);
      this.held.delete(number);
      if (number <= this.last) continue;
      this.last = number;
      yield message;
    }
  }
}

/** A frame of the live API. @param {any} text */
function parse(text) {
  try {
    const frame = JSON.parse(text);
    const { type, status, number, messages, more, message } = frame;
    // API Gateway's own: what is behind it has failed.
    if (type === undefined && isText(message)) return { type: "problem", status: 502, message };
    const isFrame = {
      message: () => isMessage(frame),
      status: () =>
        (status === null || isText(status)) &&
        Number.isInteger(number) &&
        messages.every(isMessage) &&
        (more === false || (more === true && messages.length)),
      problem: () => Number.isInteger(status),
    }[type];
    if (isFrame ? isFrame() : isText(type)) return frame;
  } catch {} // it is not JSON, or has no messages
  return { type: "malformed", text: String(text).slice(0, 300) };
}

/** @param {Message} message */
function isMessage({ number = 0, status, state }) {
  return Number.isInteger(number) && number > 0 && isText(status) && (state === undefined || isText(state));
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === "string";
}

/** A WebSocket whose frames, and whose beginning and end, are waited for. */
class Connection {
  /** @type {any[]} */
  #frames = [];
  #wake = () => {};
  /** @type {AbortSignal | undefined} */
  #signal;

  /** @param {string} url @param {AbortSignal} [signal] */
  constructor(url, signal) {
    this.#signal = signal;
    this.socket = new WebSocket(url);
    this.socket.onopen = () => this.#add({ type: "open" });
    this.socket.onclose = () => this.#add({ type: "closed" });
    this.socket.onmessage = ({ data }) => this.#add(parse(data));
  }

  /** @param {any} frame */
  #add(frame) {
    this.#frames.push(frame);
    this.#wake();
  }

  /** @param {number} milliseconds @returns {Promise<any>} undefined after so long */
  async next(milliseconds) {
    if (!this.#frames.length) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await sleep(milliseconds, this.#signal, woken.signal);
    }
    return this.#frames.shift();
  }

  /** @param {object} frame */
  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  close() {
    this.socket.close();
  }
}

/** @param {number} milliseconds @param {(AbortSignal | undefined)[]} signals each ends it early */
function sleep(milliseconds, ...signals) {
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", stop);
      resolve(undefined);
    };
    const timer = setTimeout(stop, milliseconds);
    for (const signal of signals) signal?.addEventListener("abort", stop);
    if (signals.some((signal) => signal?.aborted)) stop();
  });
}
