/** The form that starts an execution of the shown workflow. Each workflow keeps its own text. */

import { byId, element, setAttributes, setText } from "./element.js";
import { checkInput, startExecution } from "./requests.js";
import { addressOf } from "./selection.js";

const TYPING_PAUSE = 500;

/**
 * @typedef {{
 *   name: string, text: string, checked: {field: string, message: string} | null,
 *   isStarting: boolean, problem: string | null, timer?: number, checking?: AbortController,
 * }} Draft `checked` is what is wrong with the text, `problem` what came of starting it.
 */

/** @param {() => void} redraw */
export function formView(redraw) {
  const form = byId("start");
  const input = byId("input");
  const restore = byId("restore");
  const schema = byId("schema");
  /** @type {Map<string, Draft>} */
  const drafts = new Map();
  let workflow = null;
  let shown = null;

  input.addEventListener("input", () => write(shown, input.value));
  restore.addEventListener("click", () => {
    write(shown, workflow.example);
    input.value = workflow.example;
    input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (shown && !shown.isStarting) start(shown);
  });

  function write(draft, text) {
    draft.text = text;
    draft.problem = null;
    clearTimeout(draft.timer);
    draft.checking?.abort();
    draft.timer = setTimeout(check, TYPING_PAUSE, draft);
    redraw();
  }

  async function check(draft) {
    draft.checking = new AbortController();
    const { signal } = draft.checking;
    try {
      const { problem } = await checkInput(draft.name, draft.text, signal);
      if (!signal.aborted) draft.checked = problem;
      redraw();
    } catch {
      // There is a newer text, or no server; starting tells what is wrong, too.
    }
  }

  async function start(draft) {
    draft.isStarting = true;
    draft.problem = null;
    redraw();
    try {
      const { id } = await startExecution(draft.name, draft.text);
      // Whoever has gone to another workflow in the meantime stays there.
      if (draft === shown) location.hash = addressOf(draft.name, id);
    } catch ({ message }) {
      draft.problem = message;
      if (draft.checked && draft === shown) input.focus(); // its description tells what is wrong
    }
    draft.isStarting = false;
    redraw();
  }

  function show(next) {
    workflow = next;
    const { name, example } = workflow;
    if (!drafts.has(name)) {
      drafts.set(name, { name, text: example, checked: null, isStarting: false, problem: null });
    }
    shown = drafts.get(name);
    input.value = shown.text;
    setText(byId("start-title"), `Start ${name}`);
    setAttributes(byId("start-title"), { title: name });
    schema.hidden = !workflow.schema;
    setText(byId("schema-text"), JSON.stringify(workflow.schema, null, 2));
  }

  /** @param {import("./dashboard.js").View} view */
  return (view) => {
    if (view.workflow.name !== workflow?.name) show(view.workflow);
    const { text, checked, isStarting, problem } = shown;
    setAttributes(input, { "aria-invalid": checked && "true" });
    drawProblem(byId("input-problem"), checked);
    setText(byId("start-button"), isStarting ? "Starting…" : "Start");
    setAttributes(byId("start-button"), { "aria-disabled": isStarting && "true" });
    const isTold = checked && problem?.includes(checked.message);
    setText(byId("start-problem"), isTold ? "" : (problem ?? ""));
    restore.hidden = text === workflow.example;
  };
}

function drawProblem(place, checked) {
  const { field, message } = checked ?? { field: "", message: "" };
  if (place.textContent === (field ? `${field}: ${message}` : message)) return;
  place.replaceChildren(...(field ? [element("code", {}, field), ": "] : []), message);
}
