/** The server's events, over a connection that heals by itself. */

const SILENCE = 15_000; // the server beats every 5 s
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 5_000;

/**
 * @param {(message: import("./records.js").Message) => void} onMessage
 * @param {() => void} onLost Called for each attempt that fails.
 * @returns {() => void} Closes it.
 */
export function connection(onMessage, onLost) {
  let pause = FIRST_PAUSE;
  let source;
  let timer;

  const open = () => {
    source = new EventSource("/events");
    source.addEventListener("error", lose);
    for (const kind of ["snapshot", "change", "beat"]) {
      source.addEventListener(kind, ({ data }) => {
        pause = FIRST_PAUSE;
        expect();
        onMessage({ kind, data: JSON.parse(data) });
      });
    }
    expect();
  };
  const expect = () => {
    clearTimeout(timer);
    timer = setTimeout(lose, SILENCE);
  };
  // EventSource tries again by itself only after some errors: one way for all is simpler.
  const lose = () => {
    close();
    timer = setTimeout(open, pause);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
    onLost();
  };
  const close = () => {
    clearTimeout(timer);
    source.close();
  };

  open();
  return close;
}
