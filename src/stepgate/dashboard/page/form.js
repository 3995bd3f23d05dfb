/** The form that starts an execution of the selected workflow. Each workflow has its own draft. */

import { byId, element, setAttributes, setText } from "./element.js";
import { checkInput, startExecution } from "./requests.js";
import { selectionUrl } from "./selection.js";

const CHECK_DELAY = 500;

/**
 * @typedef {{
 *   name: string, text: string, inputProblem: {field: string, message: string} | null,
 *   isStarting: boolean, problem: string | null, timer?: number, checking?: AbortController,
 * }} Draft `inputProblem` is what is wrong with the text, `problem` why it was not started.
 */

/** @param {() => void} redraw */
export function formView(redraw) {
  const form = byId("start");
  const input = byId("input");
  const reset = byId("reset-button");
  const schema = byId("schema");
  /** @type {Map<string, Draft>} */
  const drafts = new Map();
  let workflow = null;
  let shown = null;

  input.addEventListener("input", () => edit(shown, input.value));
  reset.addEventListener("click", () => {
    edit(shown, workflow.example);
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

  function edit(draft, text) {
    draft.text = text;
    draft.problem = null;
    clearTimeout(draft.timer);
    draft.checking?.abort();
    draft.timer = setTimeout(check, CHECK_DELAY, draft);
    redraw();
  }

  async function check(draft) {
    draft.checking = new AbortController();
    const { signal } = draft.checking;
    try {
      const { problem } = await checkInput(draft.name, draft.text, signal);
      if (!signal.aborted) draft.inputProblem = problem;
      redraw();
    } catch {
      // The text has changed, or the server does not respond; starting reports problems too.
    }
  }

  async function start(draft) {
    draft.isStarting = true;
    draft.problem = null;
    redraw();
    try {
      const { id } = await startExecution(draft.name, draft.text);
      // The user may have selected another workflow meanwhile.
      if (draft === shown) location.hash = selectionUrl(draft.name, id);
    } catch ({ message }) {
      draft.problem = message;
      if (draft.inputProblem && draft === shown) input.focus(); // its description is the problem
    }
    draft.isStarting = false;
    redraw();
  }

  function show(next) {
    workflow = next;
    const { name, example } = workflow;
    if (!drafts.has(name)) {
      const draft = { name, text: example, inputProblem: null, isStarting: false, problem: null };
      drafts.set(name, draft);
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
    const { text, inputProblem, isStarting, problem } = shown;
    setAttributes(input, { "aria-invalid": inputProblem && "true" });
    drawProblem(byId("input-problem"), inputProblem);
    setText(byId("start-button"), isStarting ? "Starting…" : "Start");
    setAttributes(byId("start-button"), { "aria-disabled": isStarting && "true" });
    const isShown = inputProblem && problem?.includes(inputProblem.message);
    setText(byId("start-problem"), isShown ? "" : (problem ?? ""));
    reset.hidden = text === workflow.example;
  };
}

function drawProblem(node, inputProblem) {
  const { field, message } = inputProblem ?? { field: "", message: "" };
  if (node.textContent === (field ? `${field}: ${message}` : message)) return;
  node.replaceChildren(...(field ? [element("code", {}, field), ": "] : []), message);
}
