/** The form that starts an execution of a workflow. Each workflow has its own draft. */

import { byId, drawList, element, setAttributes, setText } from "./element.js";
import { checkInput, startExecution } from "./requests.js";
import { executionUrl, startUrl } from "./selection.js";

const CHECK_DELAY = 500;
const MODES = {
  sync: "Synchronous: its route responds with its output.",
  async: "Asynchronous: its route responds immediately.",
};
const KINDS = { path: "in the path", query: "in the query", headers: "a header" };

/**
 * @typedef {{
 *   name: string, text: string, parameters: Record<string, string>, inputProblem: {field: string, message: string} | null,
 *   isStarting: boolean, problem: string | null, timer?: number, checking?: AbortController,
 * }} Draft `parameters` has those that are not empty, such as `query.after`; `inputProblem` is what is wrong with the text, `problem` why it was not started.
 */

/** @param {() => void} redraw */
export function formView(redraw) {
  const form = /** @type {HTMLFormElement} */ (byId("start-form"));
  const input = /** @type {HTMLTextAreaElement} */ (byId("input"));
  const reset = byId("reset-button");
  const schema = byId("schema");
  const parameters = byId("parameters");
  const diagram = byId("diagram");
  /** @type {Map<string, Draft>} */
  const drafts = new Map();
  /** @type {import("./state.js").Workflow} */
  let workflow;
  /** @type {Draft} */
  let shown;

  input.addEventListener("input", () => edit(shown, input.value));
  reset.addEventListener("click", () => {
    edit(shown, workflow.example ?? "");
    input.value = shown.text;
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
      const { id, execution } = await startExecution(draft.name, draft.text, draft.parameters);
      // The user may have gone elsewhere meanwhile.
      const isShown = draft === shown && !byId("start").hidden;
      if (isShown) location.hash = executionUrl(draft.name, execution ?? id);
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
    shown = drafts.get(name) ?? {
      name,
      text: example ?? "",
      parameters: {},
      inputProblem: null,
      isStarting: false,
      problem: null,
    };
    drafts.set(name, shown);
    parameters.replaceChildren(...workflow.parameters.map((each) => field(shown, each)));
    for (const node of [input, byId("input-label")]) node.hidden = example === null;
    input.value = shown.text;
    setText(byId("start-title"), `Start ${name}`);
    setText(byId("route"), `${workflow.method} ${workflow.path}`);
    setText(byId("mode"), MODES[workflow.mode]);
    schema.hidden = !workflow.schema;
    setText(byId("schema-text"), JSON.stringify(workflow.schema, null, 2));
    diagram.hidden = !workflow.diagram;
    setAttributes(diagram, { src: workflow.diagram, alt: `Diagram of ${name}` });
  }

  /** The field of a parameter of the route. */
  function field(draft, { kind, name }) {
    const key = `${kind}.${name}`;
    const box = /** @type {HTMLInputElement} */ (
      element("input", {
        id: key,
        value: draft.parameters[key],
        required: kind === "path",
        spellcheck: "false",
        autocapitalize: "off",
      })
    );
    box.addEventListener("input", () => {
      if (box.value) draft.parameters[key] = box.value;
      else delete draft.parameters[key];
      draft.problem = null;
      redraw();
    });
    const label = element("label", { for: key }, name, element("span", {}, KINDS[kind]));
    return element("p", { class: "parameter" }, label, box);
  }

  /** @param {import("./dashboard.js").View} view */
  return ({ state, workflow: wanted }) => {
    if (!wanted) return;
    if (wanted !== workflow) show(wanted);
    const choices = state.workflows.map(({ name, mode }) => ({
      name,
      mode,
      isShown: name === wanted.name,
    }));
    drawList(byId("choices"), choices, ({ name }) => name, choice);
    const { text, inputProblem, isStarting, problem } = shown;
    setAttributes(input, { "aria-invalid": inputProblem && "true" });
    drawProblem(byId("input-problem"), inputProblem);
    setText(byId("start-button"), isStarting ? "Starting…" : "Start");
    setAttributes(byId("start-button"), { "aria-disabled": isStarting && "true" });
    const isShown = inputProblem && problem?.includes(inputProblem.message);
    setText(byId("start-problem"), isShown ? "" : (problem ?? ""));
    reset.hidden = text === (workflow.example ?? "");
  };
}

function choice({ name, mode }) {
  const link = element(
    "a",
    { href: startUrl(name), title: name },
    element("span", { class: "name" }, name),
    " ",
    element("span", { class: "mode hint" }, mode),
  );
  return {
    root: element("li", { "data-workflow": name }, link),
    draw: ({ isShown }) => setAttributes(link, { "aria-current": isShown && "page" }),
  };
}

function drawProblem(node, inputProblem) {
  const { field, message } = inputProblem ?? { field: "", message: "" };
  if (node.textContent === (field ? `${field}: ${message}` : message)) return;
  node.replaceChildren(...(field ? [element("code", {}, field), ": "] : []), message);
}
