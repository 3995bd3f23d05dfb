/** The page: keeps the state from feed events, and redraws at most once for each frame. */

import { createAnnouncer } from "./announcer.js";
import { byId, setAttributes, setText } from "./element.js";
import { executionView } from "./execution/execution.js";
import { formView } from "./form.js";
import { headerView } from "./header.js";
import { listenForKeys } from "./keyboard.js";
import { listView } from "./list.js";
import { overviewView } from "./overview.js";
import { readSelection } from "./selection.js";
import { applyMessage, findExecution, totalOf } from "./state.js";
import { subscribe } from "./subscription.js";

/**
 * What all parts of the page are drawn from.
 *
 * @typedef {{
 *   state: import("./state.js").State, selection: import("./selection.js").Selection,
 *   workflow: import("./state.js").Workflow | null, now: number, isLost: boolean,
 * }} View `workflow` is the one of the start form. `now` is by the server's clock; it stops while
 *   the connection is lost.
 */

const VIEWS = /** @type {const} */ (["overview", "executions", "start", "execution"]);

/** @type {import("./state.js").State | null} */
let state = null;
let lastReceived = 0;
/** @type {number | null} */
let lostSince = null;
let shownTitle = "";
let failed = 0;
let isDrawing = false;

const announce = createAnnouncer(byId("announcement"));
const header = headerView();
const drawExecution = executionView(byId("execution"), draw);
const views = { overview: overviewView(), executions: listView(draw), start: formView(draw) };

subscribe((event) => {
  if (event.kind === "lost") {
    if (lostSince === null) announce("Connection lost, reconnecting…");
    lostSince = event.data.since || lastReceived;
  } else {
    if (lostSince !== null) announce("Connected.");
    lostSince = null;
    lastReceived = Date.now();
    state = applyMessage(state, event, lastReceived);
    if (state) announceFailures(state.overview, event.kind === "snapshot");
  }
  draw();
});
addEventListener("hashchange", draw);
setInterval(draw, 1000);
listenForKeys();
byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment of the URL is what is shown
  byId("view").focus();
});

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const selection = readSelection(location.hash);
    header(state, selection, lostSince);
    if (!state) return;
    const isLost = lostSince !== null;
    const now = (lostSince ?? Date.now()) + state.ahead;
    const workflow = workflowOf(state, selection);
    const view = { state, selection, workflow, now, isLost };
    drawFrame(view);
    if (selection.view === "execution") {
      const { workflow: name, tab, state: index } = selection;
      const summary = findExecution(state, name, selection.name);
      drawExecution({ workflow, summary, name: selection.name, tab, state: index, now, isLost });
    } else {
      drawExecution(null);
      views[selection.view](view);
    }
  });
}

function workflowOf({ workflows }, selection) {
  if (selection.view !== "start" && selection.view !== "execution") return null;
  const named = workflows.find(({ name }) => name === selection.workflow) ?? null;
  return selection.view === "start" && !selection.workflow ? (workflows[0] ?? null) : named;
}

/** What is around the views: which one is shown, its title, and what cannot be shown. */
function drawFrame({ state: { problems, workflows }, selection, workflow }) {
  const isMissing = "workflow" in selection && !workflow;
  for (const each of VIEWS) byId(each).hidden = each !== selection.view || isMissing;
  const texts = [
    selection.view === "overview" && selection.isUnknown && "This address is unknown: here is the overview.",
    isMissing && workflows.length > 0 && `This stack has no workflow ${selection.workflow}.`,
    workflows.length === 0 && "This stack has no workflows.",
    ...Object.values(problems),
  ];
  const text = texts.filter(Boolean).join("\n");
  setText(byId("notice"), text);
  byId("notice").hidden = !text;
  const title = titleOf(selection);
  document.title = `${title} – Stepgate`;
  setAttributes(byId("view"), { "aria-label": title });
  if (shownTitle && shownTitle !== title) {
    scrollTo(0, 0);
    if (document.activeElement?.id !== "search") byId("view").focus({ preventScroll: true });
  }
  shownTitle = title;
}

function titleOf(selection) {
  if (selection.view === "execution") return `${selection.workflow} ${selection.name}`;
  if (selection.view === "start") return `Start ${selection.workflow}`;
  return selection.view === "executions" ? "Executions" : "Overview";
}

/** @param {import("./state.js").Overview} overview */
function announceFailures(overview, isFirst) {
  const before = failed;
  failed = totalOf(overview, "failed");
  if (isFirst || failed <= before) return;
  const [newest] = overview.attention.failed.executions;
  announce(`${newest.workflow} failed. ${failed} failed in the last hour.`);
}
