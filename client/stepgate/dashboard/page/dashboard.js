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
 *   problem: string | null, now: number,
 * }} View `chosen` names an execution, known or not; with null the newest is shown. `problem` is
 *   why it cannot be shown, or not all of it. `now` is by the server's clock; it stands still while
 *   the connection is lost.
 */

let state = null;
let last = 0;
let lostSince = null;
let shown = null;
let isDrawing = false;

const announce = announcer(byId("announcement"));
const asked = lookups(draw);
const header = headerView();
const views = [
  workflowsView(),
  formView(draw),
  listView(draw),
  executionView(draw),
  diagramView(draw),
];

source((told) => {
  if (told.kind === "lost") {
    if (lostSince === null) announce("Connection lost, trying again…");
    lostSince = told.data.since || last;
  } else {
    if (lostSince !== null) announce("Connected again.");
    lostSince = null;
    last = Date.now();
    state = merged(state, told, last);
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
    for (const part of ["rail", "graph", "details"]) byId(part).hidden = false;
    settleAddress(view);
    tellNews(view);
    views.forEach((each) => each(view));
    shown = view;
  });
}

/** @returns {View | null} */
function viewOf(state) {
  const { workflow: wanted, execution: chosen } = selection();
  const named = state.workflows.find(({ name }) => name === wanted);
  const workflow = named ?? state.workflows[0];
  if (!workflow) return null;
  const name = named ? chosen : null;
  const known = name ? found(state, workflow.name, name) : newest(state, workflow.name);
  const isStray = wanted !== null && !named;
  const problem = isStray
    ? `This stack has no workflow ${wanted}.`
    : lookUp(workflow.name, name, known);
  const isAwaited = name !== null && name === shown?.chosen && !problem;
  return {
    state,
    workflow,
    execution: known ?? (isAwaited ? shown.execution : undefined),
    chosen: name,
    problem,
    now: (lostSince ?? Date.now()) + state.ahead,
  };
}

/** Asks for what the server has not told, or not all of, and returns what has come of it. */
function lookUp(workflow, name, known) {
  const isTold = known
    ? known.isComplete || known.execution === null || isOngoing(known)
    : name === null;
  if (isTold) return null;
  const wanted = [workflow, known?.execution ?? name, known?.status];
  if (lostSince === null) asked.ask(...wanted);
  return asked.problem(...wanted);
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
