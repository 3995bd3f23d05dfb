/** The page: gathers what it is told, and draws what has changed once a frame. */

import { announcer } from "./announcer.js";
import { diagramView } from "./diagram.js";
import { byId, setText } from "./element.js";
import { executionView } from "./execution.js";
import { formView } from "./form.js";
import { headerView } from "./header.js";
import { listView } from "./list.js";
import { lookups } from "./lookups.js";
import { found, isOngoing, merged, nameOf, newest, news } from "./records.js";
import { addressOf, selection } from "./selection.js";
import { source } from "./source.js";
import { workflowsView } from "./workflows.js";

/**
 * All that the parts of the page are drawn from.
 *
 * @typedef {{
 *   state: import("./records.js").State, workflow: import("./records.js").Workflow,
 *   execution: import("./records.js").Execution | undefined, chosen: string | null,
 *   problem: string | null, lostSince: number | null, now: number,
 * }} View `chosen` names an execution, known or not; with null the newest is shown. `problem` is
 *   what came of asking for it. `lostSince` and `now` are by the server's clock.
 */

let state = null;
let lostSince = null;
let shown = null;
let isDrawing = false;

const announce = announcer(byId("announcement"));
const asked = lookups(draw);
const header = headerView();
const views = [workflowsView(), formView(draw), listView(draw), executionView(draw), diagramView(draw)];

source((told) => {
  if (told.kind === "lost") {
    if (lostSince === null) announce("Connection lost, trying again…");
    lostSince = told.data.since;
  } else {
    if (lostSince !== null) announce("Connected again.");
    lostSince = null;
    state = merged(state, told, Date.now());
    if (told.kind === "snapshot") asked.forget();
  }
  if (state) document.title = titleOf(state);
  draw();
});
addEventListener("hashchange", draw);
setInterval(draw, 1000);
byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address's fragment is the selection's
  byId("view").focus();
});

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    header(state, lostSince);
    if (!state) return;
    const view = viewOf(state);
    if (!view) return setText(byId("title"), "This stack has no workflows.");
    settleAddress(view);
    tellNews(view);
    views.forEach((each) => each(view));
    shown = view;
  });
}

/** @returns {View | null} */
function viewOf(state) {
  const chosen = selection();
  const named = state.workflows.find(({ name }) => name === chosen.workflow);
  const workflow = named ?? state.workflows[0];
  if (!workflow) return null;
  const name = named ? chosen.execution : null;
  const stray = chosen.workflow && !named ? `This stack has no workflow ${chosen.workflow}.` : null;
  const execution = name ? found(state, workflow.name, name) : newest(state, workflow.name);
  const wanted = execution ? nameOf(execution) : name;
  const isLacking = execution
    ? !execution.isComplete && !isOngoing(execution) && execution.execution !== null
    : name !== null;
  if (isLacking && lostSince === null) asked.ask(workflow.name, wanted, execution?.status);
  return {
    state,
    workflow,
    execution,
    chosen: name,
    problem: isLacking ? asked.problem(workflow.name, wanted, execution?.status) : stray,
    lostSince: lostSince && lostSince + state.ahead,
    now: (lostSince ?? Date.now()) + state.ahead,
  };
}

/** An execution's name outlives a restart of the server; a record's id does not. */
function settleAddress({ workflow, execution, chosen }) {
  if (chosen && execution && chosen !== nameOf(execution)) {
    history.replaceState(null, "", addressOf(workflow.name, nameOf(execution)));
  }
}

function tellNews({ workflow, execution, chosen }) {
  const before = shown?.execution;
  if (!execution || !shown || execution === before) return;
  if (execution.id === before?.id) announce(news(before, execution));
  else if (!chosen && shown.workflow.name === workflow.name) announce(`${workflow.name} started`);
}

function titleOf({ executions }) {
  const count = [...executions.values()].filter(isOngoing).length;
  return count ? `${count} running – Stepgate` : "Stepgate";
}
