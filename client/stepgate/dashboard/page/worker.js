/** One feed for all pages of a browser, which allows only six connections to one server. */

import { feed } from "./feed.js";

const ports = new Set();
const { soFar } = feed((told) => ports.forEach((port) => port.postMessage(told)));

self.addEventListener("connect", ({ ports: [port] }) => {
  ports.add(port);
  port.addEventListener("message", () => ports.delete(port)); // the page's goodbye
  port.start();
  soFar().forEach((told) => port.postMessage(told));
});
