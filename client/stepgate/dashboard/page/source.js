/** What the page is told: by the worker that all pages share, or where there is none by a feed. */

import { feed } from "./feed.js";

const WORKER = "/page/worker.js";

/** @param {(told: import("./feed.js").Told) => void} tell */
export function source(tell) {
  let close = open(tell);
  addEventListener("pagehide", () => close());
  // A page that was put aside has missed what happened since.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) close = open(tell);
  });
}

function open(tell) {
  let worker;
  try {
    worker = new SharedWorker(trusted(WORKER), { type: "module", name: "stepgate" });
  } catch {
    return feed(tell).close; // there are no such workers, or they are blocked as cookies are
  }
  let close = () => {
    worker.port.postMessage("goodbye");
    worker.port.close();
  };
  worker.addEventListener("error", () => {
    close();
    close = feed(tell).close;
  });
  worker.port.addEventListener("message", ({ data }) => tell(data));
  worker.port.start();
  return () => close();
}

let policy;

/** The page's policy lets nothing but a trusted URL start a worker. */
function trusted(url) {
  if (!globalThis.trustedTypes) return url;
  policy ??= trustedTypes.createPolicy("stepgate", { createScriptURL: allowed });
  return policy.createScriptURL(url);
}

function allowed(url) {
  if (url === WORKER) return url;
  throw new TypeError(`Only ${WORKER} may run, not ${url}.`);
}
