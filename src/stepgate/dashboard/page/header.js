/** The header: the stack, and whether the page is up to date. */

import { byId, setText } from "./element.js";
import { formatRecent } from "./time.js";

export function headerView() {
  const stack = byId("stack");
  const connection = byId("connection");

  /**
   * @param {import("./state.js").State | null} state
   * @param {number | null} lostSince
   */
  return (state, lostSince) => {
    const isLost = lostSince !== null;
    const ahead = state?.ahead ?? 0;
    const asOf = lostSince ? formatRecent(lostSince + ahead, Date.now() + ahead) : null;
    connection.hidden = !isLost;
    document.body.toggleAttribute("data-lost", isLost);
    const shown = asOf ? ` Data as of ${asOf}.` : "";
    setText(byId("connection-text"), `Connection lost, reconnecting…${shown}`);
    const freshness = asOf ? `As of ${asOf}` : state && !isLost ? "Live" : "Connecting…";
    setText(byId("freshness"), freshness);
    if (state) setText(stack, `${state.stack} · ${state.region}`);
  };
}
