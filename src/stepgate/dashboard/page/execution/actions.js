/** What can be done with the execution: stop, redrive and restart it, copy it, send an event. */

import { drawList, element, setAttributes, setText } from "../element.js";
import { stopExecution } from "../requests.js";
import { executionUrl } from "../selection.js";
import { redriveExecution, restartExecution, sendEvent } from "./requests.js";

const COPIED = 2_000; // so long a button says so
const QUESTIONS = {
  stop: ["Stop", "Stop it? What it is doing is cut off."],
  redrive: ["Redrive", "Redrive it? It goes on from the states that did not succeed."],
  restart: ["Restart", "Start another execution with the same input?"],
};

/** @param {() => void} refresh Requests the execution again. */
export function actionsView(refresh) {
  const buttons = element("div", { class: "buttons" });
  const question = element("span");
  const confirm = element("button", { type: "button", class: "main" });
  const cancel = element("button", { type: "button" }, "Cancel");
  const confirmation = element(
    "div",
    { class: "confirmation", role: "group", "aria-label": "Confirm", hidden: true },
    question,
    confirm,
    cancel,
  );
  const problem = element("p", { class: "problem", role: "alert" });
  const note = element("p", { role: "status" });
  const copies = element("div", { class: "copies", role: "group", "aria-label": "Copy" });
  const links = element("p", { class: "links" });
  const forms = element("div", { class: "sends" });
  const root = element("div", { class: "actions-of" }, buttons, confirmation, problem, note, copies, links);
  let asked = null;
  let opener;
  let shown;
  let isSending = false;

  cancel.addEventListener("click", () => ask(null));
  confirmation.addEventListener("keydown", ({ key }) => key === "Escape" && ask(null));
  confirm.addEventListener("click", () => asked && act(asked));

  function ask(action) {
    if (action) opener = document.activeElement;
    asked = action;
    confirmation.hidden = !action;
    if (action) {
      setText(question, QUESTIONS[action][1]);
      setText(confirm, QUESTIONS[action][0]);
      confirm.focus();
    } else opener?.focus();
  }

  async function act(action) {
    if (isSending) return;
    isSending = true;
    const { workflow, execution } = shown;
    setText(problem, "");
    note.replaceChildren();
    try {
      if (action === "stop") await stopExecution(workflow, execution);
      if (action === "redrive") await redriveExecution({ workflow, execution });
      if (action === "restart") {
        const started = await restartExecution({ workflow, execution });
        const url = executionUrl(started.workflow, started.execution ?? started.id);
        if (started.isNew) location.hash = url;
        else note.replaceChildren("It was restarted before, as ", element("a", { href: url }, started.execution ?? ""));
      }
    } catch ({ message }) {
      setText(problem, message);
    }
    isSending = false;
    ask(null);
    refresh();
  }

  function actionButton(action) {
    const root = element("button", { type: "button", "data-action": action }, QUESTIONS[action][0]);
    root.addEventListener("click", () => ask(action));
    return { root, draw() {} };
  }

  return {
    root,
    forms,
    /** @param {{execution: any, workflow: any}} view */
    draw({ execution, workflow }) {
      root.hidden = !execution;
      forms.hidden = !execution?.actions.events.length;
      if (!execution) return;
      if (shown?.id !== execution.id) {
        setText(problem, "");
        note.replaceChildren();
        if (asked) ask(null);
      }
      shown = execution;
      const { actions, commands } = execution;
      const able = Object.keys(QUESTIONS).filter((each) => actions[each]);
      if (asked && !able.includes(asked) && !isSending) ask(null);
      drawList(buttons, able, String, actionButton);
      const texts = [
        ["ID", execution.execution ?? execution.id],
        ["ARN", execution.arn],
        ["Input", execution.input],
        ["As curl", commands.curl],
        ["As command", commands.start],
        ["History command", commands.history],
      ].filter(([, text]) => text);
      drawList(copies, texts, ([name]) => name ?? "", copyButton);
      const places = [
        ["AWS console", execution.links.console],
        ["Logs", execution.links.logs],
      ].filter(([, url]) => url);
      drawList(links, places, ([name]) => name ?? "", outsideLink);
      const waits = actions.events.map((each) => ({
        ...each,
        which: { workflow: execution.workflow, execution: execution.execution },
        known: workflow?.events?.find(({ event }) => event === each.event),
      }));
      drawList(forms, waits, (each) => `${execution.id} ${each.event} ${each.item} ${each.since}`, eventForm(refresh));
    },
  };
}

function copyButton(/** @type {any[]} */ [name]) {
  const root = element("button", { type: "button" }, name);
  let text;
  root.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      setText(root, "Copied");
    } catch {
      setText(root, "The browser refuses to copy");
    }
    setTimeout(() => setText(root, name), COPIED);
  });
  return { root, draw: (/** @type {any[]} */ [, value]) => (text = value) };
}

function outsideLink(/** @type {any[]} */ [name]) {
  const root = element("a", { target: "_blank", rel: "noreferrer" }, `${name} ↗`);
  return { root, draw: (/** @type {any[]} */ [, href]) => setAttributes(root, { href }) };
}

/** A form for an event that it waits for, with the event's example and schema. */
const eventForm = (refresh) => (first) => {
  const name = [first.event, first.item].filter((each) => each !== null).join("/");
  const id = `event-${name}`;
  const box = /** @type {HTMLTextAreaElement} */ (
    element("textarea", { id, rows: "3", spellcheck: "false", autocomplete: "off" })
  );
  box.value = first.known?.example ?? "{}";
  const send = element("button", { class: "main" }, `Send ${name}`);
  const problem = element("p", { class: "problem", role: "alert" });
  const schema = first.known?.schema;
  const form = element(
    "form",
    { novalidate: true, "data-event": name },
    element("label", { for: id }, `It waits for ${name} in ${first.state}. The event, as JSON:`),
    box,
    send,
    problem,
    ...(schema
      ? [
          element(
            "details",
            {},
            element("summary", {}, "Schema"),
            element("pre", { tabindex: "0" }, JSON.stringify(schema, null, 2)),
          ),
        ]
      : []),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setText(problem, "");
    setAttributes(send, { disabled: true });
    try {
      await sendEvent(first.which, first.event, first.item, box.value);
      refresh();
    } catch ({ message }) {
      setText(problem, message);
    }
    setAttributes(send, { disabled: null });
  });
  return { root: form, draw() {} };
};
