/** Keys for the whole page: `j` and `k` or arrows go through rows, `/` searches. */

import { byId } from "./element.js";
import { listUrl } from "./selection.js";

const STEPS = new Map([
  ["j", 1],
  ["ArrowDown", 1],
  ["k", -1],
  ["ArrowUp", -1],
]);

export function listenForKeys() {
  addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !(target instanceof Element)) return;
    if (target.id === "search" && key === "ArrowDown") return moveTo(event, 1);
    if (target.closest("input, textarea, select")) return;
    if (key === "/") {
      event.preventDefault();
      if (byId("executions").hidden) location.hash = listUrl();
      byId("executions").hidden = false; // what is hidden cannot have the focus
      byId("search").focus();
    }
    const step = STEPS.get(key);
    const isArrow = key.startsWith("Arrow");
    if (step && (!isArrow || target.closest(".rows"))) moveTo(event, step);
  });
}

function moveTo(event, step) {
  const links = /** @type {HTMLElement[]} */ (
    [...document.querySelectorAll("#view .rows a")]
  ).filter((each) => each.offsetParent !== null);
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = links[at === -1 ? 0 : at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
