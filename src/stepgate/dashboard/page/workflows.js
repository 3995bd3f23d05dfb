/** The workflows of the stack, each with the number of running executions. */

import { byId, drawList, element, setAttributes, setText } from "./element.js";
import { selectionUrl } from "./selection.js";
import { isOngoing } from "./state.js";

export function workflowsView() {
  const list = byId("workflows");
  let shown = null;

  /** @param {import("./dashboard.js").View} view */
  return ({ state, workflow }) => {
    const counts = new Map();
    for (const each of state.executions.values()) {
      if (isOngoing(each)) counts.set(each.workflow, (counts.get(each.workflow) ?? 0) + 1);
    }
    const items = state.workflows.map((each) => ({
      ...each,
      count: counts.get(each.name) ?? 0,
      isShown: each.name === workflow.name,
    }));
    drawList(list, items, ({ name }) => name, row);
    if (shown !== workflow.name) scrollToCurrent(list);
    shown = workflow.name;
  };
}

/** Scrolls the list only: `scrollIntoView` would scroll the page too. */
function scrollToCurrent(list) {
  const { offsetTop, offsetHeight } = list.querySelector("[aria-current]");
  const least = offsetTop + offsetHeight - list.clientHeight;
  list.scrollTop = Math.max(least, Math.min(list.scrollTop, offsetTop));
}

function row({ name, mode }) {
  const count = element("span", { class: "count" });
  const link = element(
    "a",
    { href: selectionUrl(name), title: name },
    element("span", { class: "name" }, name),
    element("span", { class: "mode" }, mode),
    count,
  );
  return {
    root: element("li", { "data-workflow": name }, link),
    draw({ count: running, isShown }) {
      setAttributes(link, { "aria-current": isShown && "true" });
      setText(count, running ? `${running} running` : "");
    },
  };
}
