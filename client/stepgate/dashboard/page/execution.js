/** The execution in focus: its facts, its path, and what went in and came out. */

import { byId, drawList, element, icon, setAttributes, setIcon, setText } from "./element.js";
import { iconOf } from "./list.js";
import { elapsed, isOngoing, nameOf, statusWord, steps } from "./records.js";
import { stopExecution } from "./requests.js";
import { clock, duration, fullMoment, moment, wholeDuration } from "./time.js";

const LIGHT_ICONS = { current: "running", passed: "succeeded", failed: "failed" };
const STOP_PATIENCE = 10_000; // then one may ask again
const MODES = {
  sync: "Synchronous: its route answers with its output.",
  async: "Asynchronous: its route answers at once.",
};

/** @param {() => void} redraw */
export function executionView(redraw) {
  const drawStop = stopButton(redraw);
  let address = null;

  /** @param {import("./dashboard.js").View} view */
  return (view) => {
    const { workflow, execution, chosen, problem, now } = view;
    setText(byId("title"), workflow.name);
    const which = execution && !chosen ? " The newest execution is shown." : "";
    setText(byId("mode"), `${MODES[workflow.mode]}${which}`);
    setAttributes(byId("title"), { title: workflow.name });
    drawList(byId("facts"), execution ? facts(execution, now) : [], ([term]) => term, fact);
    drawProblem(execution, chosen, problem);
    drawStop(execution);
    drawPath(execution, chosen, now);
    byId("error").hidden = !(execution?.error || execution?.cause);
    setText(byId("error-name"), execution?.error ?? "");
    setText(byId("cause"), execution?.cause ?? "");
    drawText("output", execution?.output);
    drawText("given", execution?.input);
    if (location.hash !== address && (chosen || address !== null)) bringIntoView();
    address = location.hash;
  };
}

/** Where the page has one column, the view may be far from the row that was chosen. */
function bringIntoView() {
  const { top } = byId("title").getBoundingClientRect();
  if (top > innerHeight) byId("view").scrollIntoView();
}

function facts(execution, now) {
  const lasted = elapsed(execution, now);
  const isRunning = isOngoing(execution);
  return [
    ["Status", statusWord(execution), { icon: iconOf(execution), status: execution.status }],
    isRunning && execution.current.length && ["State", execution.current.join(", ")],
    lasted !== null &&
      (isRunning ? ["Running for", wholeDuration(lasted)] : ["Took", duration(lasted)]),
    ["Started", moment(Date.parse(execution.started), now), { time: execution.started }],
    execution.stopped && [
      "Ended",
      moment(Date.parse(execution.stopped), now),
      { time: execution.stopped },
    ],
    [execution.execution ? "Execution" : "Call", nameOf(execution)],
  ].filter(Boolean);
}

function fact([term, , { icon: sign, time } = {}]) {
  const picture = sign && icon(sign);
  const text = element(time ? "time" : "span");
  const value = element("dd", {}, ...(picture ? [picture] : []), text);
  const root = element("div", { "data-fact": term }, element("dt", {}, term), value);
  return {
    root,
    draw([, words, { icon: name, status, time: at } = {}]) {
      setText(text, words);
      if (picture) setIcon(picture, name);
      setAttributes(root, { "data-status": status });
      if (at) setAttributes(text, { datetime: at, title: fullMoment(Date.parse(at)) });
    },
  };
}

function drawProblem(execution, chosen, problem) {
  const looking = !execution && chosen && !problem ? "Looking for this execution…" : null;
  const text = [problem, execution?.problem, looking].filter(Boolean).join(" ");
  setText(byId("execution-problem"), text);
  byId("execution-problem").hidden = !text;
}

function drawPath(execution, chosen, now) {
  const path = execution ? steps(execution, now) : [];
  const earlier = execution?.earlier ?? 0;
  const keyOf = ({ state, time }, index) => `${earlier + index} ${time} ${state}`;
  drawList(byId("path"), path, keyOf, step);
  setAttributes(byId("path"), { start: earlier ? earlier + 1 : null });
  setText(byId("no-path"), pathHint(execution, chosen, earlier));
  byId("no-path").hidden = path.length > 0 && !earlier;
}

function pathHint(execution, chosen, earlier) {
  if (earlier) return `${earlier} earlier ones are left out.`;
  if (execution) {
    return execution.mode === "sync"
      ? "A call of a synchronous workflow tells no states."
      : "It has told of no state so far.";
  }
  return chosen ? "" : "It has not run yet. Start it, and its states light up as it enters them.";
}

function step({ state, time }) {
  const sign = icon("running");
  const took = element("span", { class: "took" });
  const title = fullMoment(Date.parse(time));
  const at = element("time", { datetime: time, title }, clock(Date.parse(time)));
  const root = element("li", {}, sign, element("span", { class: "name" }, state), took, at);
  return {
    root,
    draw({ light, lasted }) {
      setIcon(sign, LIGHT_ICONS[light]);
      setAttributes(root, { "data-light": light, "aria-current": light === "current" && "step" });
      const format = light === "current" ? wholeDuration : duration;
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
  const asked = new Map();
  let shown;

  button.addEventListener("click", async () => {
    const { id, workflow, execution } = shown;
    if (asked.get(id) === null) return;
    asked.set(id, null);
    redraw();
    try {
      await stopExecution(workflow, execution);
      setTimeout(() => asked.delete(id), STOP_PATIENCE);
    } catch ({ message }) {
      asked.set(id, message);
      redraw();
    }
  });

  return (execution) => {
    shown = execution;
    const canStop =
      execution?.mode === "async" && execution.execution !== null && isOngoing(execution);
    if (!canStop && document.activeElement === button) byId("view").focus({ preventScroll: true });
    button.hidden = !canStop;
    const isStopping = asked.get(execution?.id) === null;
    setText(button.querySelector("span"), isStopping ? "Stopping…" : "Stop");
    setAttributes(button, { "aria-disabled": isStopping && "true" });
    setText(byId("stop-problem"), (canStop && asked.get(execution.id)) || "");
  };
}
