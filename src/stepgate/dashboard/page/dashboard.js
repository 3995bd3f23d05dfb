/** The page: keeps the state from feed events, and redraws at most once for each frame. */

import { createAnnouncer } from "./announcer.js";
import { createDetails } from "./details.js";
import { diagramView } from "./diagram.js";
import { byId, setText } from "./element.js";
import { executionView } from "./execution.js";
import { formView } from "./form.js";
import { headerView } from "./header.js";
import { listView } from "./list.js";
import { createLookups } from "./lookups.js";
import { readSelection, selectionUrl } from "./selection.js";
import {
  announcementOf,
  applyMessage,
  findExecution,
  isOngoing,
  nameOf,
  newestExecution,
} from "./state.js";
import { subscribe } from "./subscription.js";
import { workflowsView } from "./workflows.js";

/**
 * What all parts of the page are drawn from.
 *
 * @typedef {{
 *   state: import("./state.js").State, workflow: import("./state.js").Workflow,
 *   execution: import("./state.js").Execution | undefined, selected: string | null,
 *   problem: string | null, now: number,
 * }} View `selected` names an execution, known or not; with null the newest is shown. `problem`
 *   is why it is not shown, or not completely. `now` is by the server's clock; it stops while the
 *   connection is lost.
 */

let state = null;
let lastReceived = 0;
let lostSince = null;
let shown = null;
let isDrawing = false;

const announce = createAnnouncer(byId("announcement"));
const lookups = createLookups(draw);
const details = createDetails(draw);
const header = headerView();
const views = [
  workflowsView(),
  formView(draw),
  listView(draw),
  executionView(draw),
  diagramView(draw),
];

subscribe((event) => {
  if (event.kind === "lost") {
    if (lostSince === null) announce("Connection lost, reconnecting…");
    lostSince = event.data.since || lastReceived;
  } else {
    if (lostSince !== null) announce("Connected.");
    lostSince = null;
    lastReceived = Date.now();
    state = applyMessage(state, event, lastReceived);
    if (event.kind === "snapshot") {
      lookups.reset();
      details.reset();
    }
  }
  if (state) document.title = titleOf(state);
  draw();
});
addEventListener("hashchange", draw);
setInterval(draw, 1000);
byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment of the URL is the selection
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
    for (const part of ["sidebar", "graph", "details"]) byId(part).hidden = false;
    replaceIdInUrl(view);
    announceChanges(view);
    views.forEach((each) => each(view));
    shown = view;
  });
}

/** @returns {View | null} */
function viewOf(state) {
  const { workflow: wanted, execution: selected } = readSelection();
  const named = state.workflows.find(({ name }) => name === wanted);
  const workflow = named ?? state.workflows[0];
  if (!workflow) return null;
  const name = named ? selected : null;
  const known = name
    ? findExecution(state, workflow.name, name)
    : newestExecution(state, workflow.name);
  const isUnknown = wanted !== null && !named;
  const problem = isUnknown
    ? `This stack has no workflow ${wanted}.`
    : lookUp(workflow.name, name, known);
  const isLoading = name !== null && name === shown?.selected && !problem;
  return {
    state,
    workflow,
    execution: known ? details.of(known) : isLoading ? shown.execution : undefined,
    selected: name,
    problem,
    now: (lostSince ?? Date.now()) + state.ahead,
  };
}

/** Requests an execution that the server has not sent completely, and returns its problem. */
function lookUp(workflow, name, known) {
  const isComplete = known
    ? known.isComplete || known.execution === null || (isOngoing(known) && !known.isListed)
    : name === null;
  if (isComplete) return null;
  const key = [workflow, known?.execution ?? name, known?.status];
  if (lostSince === null) lookups.request(...key);
  return lookups.problem(...key);
}

/** The name of an execution survives a restart of the server; the id of a record does not. */
function replaceIdInUrl({ workflow, execution, selected }) {
  if (selected && execution && selected !== nameOf(execution)) {
    history.replaceState(null, "", selectionUrl(workflow.name, nameOf(execution)));
  }
}

function announceChanges({ workflow, execution, selected }) {
  const before = shown?.execution;
  if (!execution || !shown || execution === before) return;
  if (execution.id === before?.id) announce(announcementOf(before, execution));
  else if (!selected && shown.workflow.name === workflow.name) announce(`${workflow.name} started`);
}

function titleOf({ executions }) {
  const count = [...executions.values()].filter(isOngoing).length;
  return count ? `${count} running – Stepgate` : "Stepgate";
}
