/** The selected execution: its facts, path, input and output. */

import { byId, drawList, element, icon, setAttributes, setIcon, setText } from "./element.js";
import { iconOf } from "./list.js";
import { stopExecution } from "./requests.js";
import { elapsed, isOngoing, nameOf, pathSteps, statusWord } from "./state.js";
import { formatDuration, formatFull, formatRecent, formatSeconds, formatTime } from "./time.js";

const HIGHLIGHT_ICONS = { current: "running", passed: "succeeded", failed: "failed" };
const STOP_RETRY_DELAY = 10_000; // then the button can be used again
const MODES = {
  sync: "Synchronous: its route responds with its output.",
  async: "Asynchronous: its route responds immediately.",
};

/** @param {() => void} redraw */
export function executionView(redraw) {
  const drawStop = stopButton(redraw);
  let url = null;

  /** @param {import("./dashboard.js").View} view */
  return (view) => {
    const { workflow, execution, selected, problem, now } = view;
    setText(byId("title"), workflow.name);
    const which = execution && !selected ? " Showing the newest execution." : "";
    setText(byId("mode"), `${MODES[workflow.mode]}${which}`);
    setAttributes(byId("title"), { title: workflow.name });
    drawList(byId("facts"), execution ? facts(execution, now) : [], ([term]) => term, fact);
    drawProblem(execution, selected, problem);
    drawStop(execution);
    drawPath(execution, selected, now);
    byId("error").hidden = !(execution?.error || execution?.cause);
    setText(byId("error-name"), execution?.error ?? "");
    setText(byId("cause"), execution?.cause ?? "");
    drawText("output", execution?.output);
    drawText("execution-input", execution?.input);
    if (location.hash !== url && (selected || url !== null)) scrollToMain();
    url = location.hash;
  };
}

/** In one column the execution may be far from its row in the list. */
function scrollToMain() {
  const { top } = byId("title").getBoundingClientRect();
  if (top > innerHeight) byId("view").scrollIntoView();
}

/**
 * @typedef {[term: string, value: string, more?: {icon?: string, status?: string, time?: string}]} Fact
 *
 * @returns {Fact[]}
 */
function facts(execution, now) {
  const lasted = elapsed(execution, now);
  const isRunning = isOngoing(execution);
  return [
    ["Status", statusWord(execution), { icon: iconOf(execution), status: execution.status }],
    isRunning && execution.current.length && ["State", execution.current.join(", ")],
    lasted !== null &&
      (isRunning ? ["Running for", formatSeconds(lasted)] : ["Took", formatDuration(lasted)]),
    ["Started", formatRecent(Date.parse(execution.started), now), { time: execution.started }],
    execution.stopped && [
      "Ended",
      formatRecent(Date.parse(execution.stopped), now),
      { time: execution.stopped },
    ],
    [execution.execution ? "Execution" : "Call", nameOf(execution)],
    execution.version && ["Version", String(execution.version)],
  ].filter(Boolean);
}

/** @param {Fact} fact */
function fact([term, , { icon: iconName, time } = {}]) {
  const factIcon = iconName && icon(iconName);
  const text = element(time ? "time" : "span");
  const description = element("dd", {}, ...(factIcon ? [factIcon] : []), text);
  const root = element("div", { "data-fact": term }, element("dt", {}, term), description);
  return {
    root,
    /** @param {Fact} fact */
    draw([, value, { icon: name, status, time: at } = {}]) {
      setText(text, value);
      if (factIcon) setIcon(factIcon, name);
      setAttributes(root, { "data-status": status });
      if (at) setAttributes(text, { datetime: at, title: formatFull(Date.parse(at)) });
    },
  };
}

function drawProblem(execution, selected, problem) {
  const loading = !execution && selected && !problem ? "Loading this execution…" : null;
  const text = [problem, execution?.problem, loading].filter(Boolean).join(" ");
  setText(byId("execution-problem"), text);
  byId("execution-problem").hidden = !text;
}

function drawPath(execution, selected, now) {
  const path = execution ? pathSteps(execution, now) : [];
  const earlier = execution?.earlier ?? 0;
  const keyOf = ({ state, time }, index) => `${earlier + index} ${time} ${state}`;
  drawList(byId("path"), path, keyOf, step);
  setAttributes(byId("path"), { start: earlier ? earlier + 1 : null });
  setText(byId("no-path"), pathHint(execution, selected, earlier));
  byId("no-path").hidden = path.length > 0 && !earlier;
}

function pathHint(execution, selected, earlier) {
  if (earlier) return `${earlier} earlier states are not shown.`;
  if (execution) {
    return execution.mode === "sync"
      ? "The states of a synchronous call are not known."
      : "No states are known yet.";
  }
  return selected ? "" : "This workflow has not run yet. Start it to see the states that it enters.";
}

function step({ state, time }) {
  const stepIcon = icon("running");
  const took = element("span", { class: "took" });
  const title = formatFull(Date.parse(time));
  const at = element("time", { datetime: time, title }, formatTime(Date.parse(time)));
  const root = element("li", {}, stepIcon, element("span", { class: "name" }, state), took, at);
  return {
    root,
    draw({ highlight, lasted }) {
      setIcon(stepIcon, HIGHLIGHT_ICONS[highlight]);
      const isCurrent = highlight === "current";
      setAttributes(root, {
        "data-highlight": highlight,
        "aria-current": isCurrent && "step",
      });
      const format = isCurrent ? formatSeconds : formatDuration;
      setText(took, lasted === null ? "" : format(lasted));
    },
  };
}

function drawText(id, text) {
  byId(`${id}-part`).hidden = text === null || text === undefined;
  setText(byId(id), text ?? "");
}

function stopButton(redraw) {
  const button = byId("stop");
  const requests = new Map();
  let shown;

  button.addEventListener("click", async () => {
    const { id, workflow, execution } = shown;
    if (requests.get(id) === null) return;
    requests.set(id, null);
    redraw();
    try {
      await stopExecution(workflow, execution);
      setTimeout(() => requests.delete(id), STOP_RETRY_DELAY);
    } catch ({ message }) {
      requests.set(id, message);
      redraw();
    }
  });

  return (execution) => {
    shown = execution;
    const canStop =
      execution?.mode === "async" && execution.execution !== null && isOngoing(execution);
    if (!canStop && document.activeElement === button) byId("view").focus({ preventScroll: true });
    button.hidden = !canStop;
    const isStopping = requests.get(execution?.id) === null;
    setText(button.querySelector("span"), isStopping ? "Stopping…" : "Stop");
    setAttributes(button, { "aria-disabled": isStopping && "true" });
    setText(byId("stop-problem"), (canStop && requests.get(execution.id)) || "");
  };
}
