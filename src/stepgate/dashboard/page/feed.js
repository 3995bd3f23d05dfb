/** Keeps the current state from the server's events, for pages that are opened later. */

import { connect } from "./connection.js";
import { applyMessage, toSnapshot } from "./state.js";

/**
 * @typedef {import("./state.js").Message | {kind: "lost", data: {since: number}}} FeedEvent
 *   `since` is when the last message was received, by this clock; 0 if none was.
 */

/** @param {(event: FeedEvent) => void} onEvent */
export function openFeed(onEvent) {
  /** @type {import("./state.js").State | null} */
  let state = null;
  let lastReceived = 0;
  let isLost = false;

  const close = connect(
    (message) => {
      lastReceived = Date.now();
      isLost = false;
      state = applyMessage(state, message, lastReceived);
      onEvent(message);
    },
    () => {
      isLost = true;
      onEvent(lost());
    },
  );
  /** @returns {FeedEvent} */
  const lost = () => ({ kind: "lost", data: { since: lastReceived } });

  return {
    close,
    /** The events that bring a new page up to date. */
    currentEvents: () => [
      ...(state ? [toSnapshot(state, Date.now())] : []),
      ...(isLost ? [lost()] : []),
    ],
  };
}
