/** One feed for all pages: a browser opens at most six connections to a server. */

import { openFeed } from "./feed.js";

const ports = new Set();
const { currentEvents } = openFeed((event) => ports.forEach((port) => port.postMessage(event)));

self.addEventListener("connect", (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports;
  ports.add(port);
  port.addEventListener("message", () => ports.delete(port)); // the page is closed
  port.start();
  currentEvents().forEach((event) => port.postMessage(event));
});
