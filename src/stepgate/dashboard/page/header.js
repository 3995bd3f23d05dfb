/** The header: the stack, and whether the page is up to date. */

import { byId, setAttributes, setText } from "./element.js";
import { OVERVIEW_URL, startUrl } from "./selection.js";
import { formatRecent } from "./time.js";

export function headerView() {
  const stack = byId("stack");
  const connection = byId("connection");

  /**
   * @param {import("./state.js").State | null} state
   * @param {import("./selection.js").Selection} selection
   * @param {number | null} lostSince
   */
  return (state, selection, lostSince) => {
    const isLost = lostSince !== null;
    const ahead = state?.ahead ?? 0;
    const asOf = lostSince ? formatRecent(lostSince + ahead, Date.now() + ahead) : null;
    connection.hidden = !isLost;
    document.body.toggleAttribute("data-lost", isLost);
    const shown = asOf ? ` Data as of ${asOf}.` : "";
    setText(byId("connection-text"), `Connection lost, reconnecting…${shown}`);
    const freshness = asOf ? `As of ${asOf}` : state && !isLost ? "Live" : "Connecting…";
    setText(byId("freshness"), freshness);
    const { view } = selection;
    setAttributes(byId("to-overview"), { "aria-current": view === "overview" && "page" });
    setAttributes(byId("to-executions"), {
      "aria-current": view === "executions" ? "page" : view === "execution" && "true",
    });
    setAttributes(byId("to-start"), {
      "aria-current": view === "start" && "page",
      href: urlToStart(state, selection),
    });
    if (state) setText(stack, `${state.stack} · ${state.region}`);
  };
}

/** Of the workflow that is shown, or of the first one. */
function urlToStart(state, selection) {
  const shown = "workflow" in selection ? selection.workflow : selection.filter?.workflow[0];
  const name = shown ?? state?.workflows[0]?.name;
  return name ? startUrl(name) : OVERVIEW_URL;
}
