/** The server's event stream; reconnects when it is lost. */

const TIMEOUT = 15_000; // the server sends a heartbeat every 5 s
const MIN_RETRY_DELAY = 1_000;
const MAX_RETRY_DELAY = 5_000;

/**
 * @param {(message: import("./state.js").Message) => void} onMessage
 * @param {() => void} onLost Called after each failed attempt.
 * @returns {() => void} Closes it.
 */
export function connect(onMessage, onLost) {
  let retryDelay = MIN_RETRY_DELAY;
  let source;
  let timer;

  const open = () => {
    source = new EventSource("/events");
    source.addEventListener("error", reconnect);
    for (const kind of /** @type {const} */ (["snapshot", "change", "heartbeat"])) {
      source.addEventListener(kind, ({ data }) => {
        retryDelay = MIN_RETRY_DELAY;
        resetTimeout();
        onMessage({ kind, data: JSON.parse(data) });
      });
    }
    resetTimeout();
  };
  const resetTimeout = () => {
    clearTimeout(timer);
    timer = setTimeout(reconnect, TIMEOUT);
  };
  // EventSource reconnects only after some errors; one way for all is simpler.
  const reconnect = () => {
    close();
    timer = setTimeout(open, retryDelay);
    retryDelay = Math.min(retryDelay * 1.5, MAX_RETRY_DELAY);
    onLost();
  };
  const close = () => {
    clearTimeout(timer);
    source.close();
  };

  open();
  return close;
}
