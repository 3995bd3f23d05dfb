/** What the page is told: by the worker that all pages share, or where there is none by a feed. */

import { feed } from "./feed.js";

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
  if (!("SharedWorker" in globalThis)) return feed(tell).close;
  let close;
  const worker = new SharedWorker(workerUrl(), { type: "module", name: "stepgate" });
  worker.addEventListener("error", () => {
    close();
    close = feed(tell).close;
  });
  worker.port.addEventListener("message", ({ data }) => tell(data));
  worker.port.start();
  close = () => {
    worker.port.postMessage("goodbye");
    worker.port.close();
  };
  return () => close();
}

let policy;

/** The page's policy lets nothing but a trusted URL start a worker. */
function workerUrl() {
  const url = "/page/worker.js";
  const { trustedTypes } = globalThis;
  if (!trustedTypes) return url;
  policy ??= trustedTypes.createPolicy("stepgate", { createScriptURL: () => url });
  return policy.createScriptURL(url);
}
