/** One execution: its header, and graph, timeline and events as three views of it. */

import { element, setAttributes } from "../element.js";
import { executionUrl } from "../selection.js";
import { actionsView } from "./actions.js";
import { detailsView } from "./details.js";
import { eventsView } from "./events.js";
import { graphView } from "./graph.js";
import { headerView } from "./header.js";
import { createRecord } from "./record.js";
import { timelineView } from "./timeline.js";

/** @type {[import("../selection.js").Tab, string][]} */
const TABS = [
  ["graph", "Graph"],
  ["timeline", "Timeline"],
  ["events", "Events"],
];

/**
 * @typedef {{
 *   workflow: any, summary: any, name: string, tab: "graph" | "timeline" | "events",
 *   state: number | null, now: number, isLost: boolean,
 * }} View `workflow` is the execution's, as the stack describes it, and `name` the execution's or
 *   its record's id. `now` is by the server's clock, in milliseconds.
 *
 * @param {HTMLElement} root An empty element.
 * @param {() => void} redraw
 * @returns {(view: View | null) => void} Draws it; null: another view is shown.
 */
export function executionView(root, redraw) {
  const record = createRecord(redraw);
  /** @type {View | null} */
  let shown = null;
  const urlOf = (state) =>
    executionUrl(shown?.workflow?.name ?? "", shown?.name ?? "", { tab: shown?.tab, state });
  const select = (state) => (location.hash = urlOf(state));
  const header = headerView(urlOf);
  const actions = actionsView(record.refresh);
  const details = detailsView(redraw, select);
  const panels = {
    graph: graphView(select),
    timeline: timelineView(urlOf),
    events: eventsView(redraw),
  };
  const tabs = TABS.map(([tab, text]) => ({ tab, link: element("a", {}, text) }));
  root.append(
    element("div", { class: "about" }, header.root, actions.root),
    actions.forms,
    element("nav", { class: "tabs", "aria-label": "Views of the execution" }, ...tabs.map((each) => each.link)),
    element("div", { class: "panel" }, ...Object.values(panels).map((each) => each.root)),
    details.root,
  );
  root.classList.add("execution");

  return (view) => {
    shown = view;
    if (!view?.workflow) return;
    const { workflow, summary, name, tab, state, now } = view;
    const { execution, problem } = record.of({ workflow: workflow.name, name, summary });
    const visit = execution?.states.find((each) => each.index === state) ?? null;
    const all = { workflow, execution, visit, problem, name, now, tab, workflowName: workflow.name };
    header.draw(all);
    actions.draw(all);
    details.draw(all);
    for (const each of tabs) {
      setAttributes(each.link, {
        href: executionUrl(workflow.name, name, { tab: each.tab, state }),
        "aria-current": each.tab === tab && "page",
      });
    }
    for (const [kind, panel] of Object.entries(panels)) panel.root.hidden = kind !== tab;
    panels[tab].draw(all);
  };
}
