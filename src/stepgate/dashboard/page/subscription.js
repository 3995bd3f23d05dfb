/** Feed events from the worker that all pages share; without shared workers from its own feed. */

import { openFeed } from "./feed.js";

const WORKER = "/page/worker.js";

/** @param {(event: import("./feed.js").FeedEvent) => void} onEvent */
export function subscribe(onEvent) {
  let close = open(onEvent);
  addEventListener("pagehide", () => close());
  // A page restored from the back/forward cache has missed events.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) close = open(onEvent);
  });
}

function open(onEvent) {
  let worker;
  try {
    worker = new SharedWorker(trustedUrl(WORKER), { type: "module", name: "stepgate" });
  } catch {
    return openFeed(onEvent).close; // not supported, or blocked like cookies
  }
  let close = () => {
    worker.port.postMessage("close");
    worker.port.close();
  };
  worker.addEventListener("error", () => {
    close();
    close = openFeed(onEvent).close;
  });
  worker.port.addEventListener("message", ({ data }) => onEvent(data));
  worker.port.start();
  return () => close();
}

let policy;

/** The content security policy requires a trusted URL to start a worker. */
function trustedUrl(url) {
  const { trustedTypes } = /** @type {any} */ (globalThis); // not in all browsers
  if (!trustedTypes) return url;
  policy ??= trustedTypes.createPolicy("stepgate", { createScriptURL: checkUrl });
  return policy.createScriptURL(url);
}

function checkUrl(url) {
  if (url === WORKER) return url;
  throw new TypeError(`${url} is not allowed: only ${WORKER} is.`);
}
