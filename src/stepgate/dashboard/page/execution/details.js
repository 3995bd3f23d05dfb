/** The details of a state that was visited, or of the execution if none is chosen. */

import { drawList, element, setAttributes, setText } from "../element.js";
import { executionUrl } from "../selection.js";
import { formatDuration, formatFull, formatTime } from "../time.js";
import { MARK_WORDS, aroundText, countsText, markOf } from "./marks.js";
import { readState } from "./requests.js";

/**
 * @param {() => void} redraw
 * @param {(state: number) => void} select
 */
export function detailsView(redraw, select) {
  const title = element("h3");
  const back = element("a", { class: "back" }, "Show the execution");
  const visits = /** @type {HTMLSelectElement} */ (element("select"));
  const chooser = element("label", { class: "chooser" }, "Visit ", visits);
  const facts = element("dl", { class: "state-facts" });
  const attempts = element("ol", { class: "attempts", "aria-label": "Attempts" });
  const child = element("a");
  const nested = element("p", {}, "Nested execution: ", child);
  const problem = element("p", { class: "problem" });
  const texts = ["Error", "Cause", "Input", "Output"].map(textPart);
  const root = element(
    "section",
    { class: "details", "aria-label": "Details", tabindex: "0" },
    element("div", { class: "details-title" }, title, back),
    chooser,
    facts,
    nested,
    problem,
    ...texts.map((each) => each.root),
    attempts,
  );
  visits.addEventListener("change", () => select(Number(visits.value)));

  let key = null;
  let data = null;
  let failure = "";

  /** Once for each visit, and again when it has ended. */
  async function load(execution, visit) {
    const wanted = visit && `${execution.id} ${visit.index} ${visit.status}`;
    if (key === wanted) return;
    [key, data, failure] = [wanted, null, ""];
    if (!visit?.hasData || !execution.execution) return;
    try {
      const found = await readState(execution, visit.index);
      if (key === wanted) data = found;
    } catch ({ message }) {
      if (key === wanted) failure = message;
    }
    redraw();
  }

  return {
    root,
    /** @param {{execution: any, visit: any, now: number, tab: import("../selection.js").Tab}} view */
    draw({ execution, visit, now, tab }) {
      root.hidden = !execution;
      if (!execution) return;
      load(execution, visit);
      setText(title, visit ? visit.name : "Input and output");
      setAttributes(back, {
        hidden: !visit,
        href: executionUrl(execution.workflow, execution.execution ?? execution.id, { tab }),
      });
      const all = visit ? execution.states.filter((each) => each.name === visit.name) : [];
      chooser.hidden = all.length < 2;
      drawList(visits, all, (each) => String(each.index), option);
      if (visit) visits.value = String(visit.index);
      drawList(facts, visit ? factsOf(execution, visit, now) : [], ([term]) => term, fact);
      nested.hidden = !visit?.child;
      if (visit?.child) {
        setText(child, `${visit.child.workflow} ${visit.child.execution}`);
        setAttributes(child, { href: executionUrl(visit.child.workflow, visit.child.execution) });
      }
      setText(problem, failure);
      const source = visit ? { ...data, error: visit.error, cause: data?.cause ?? visit.cause } : execution;
      const shown = visit
        ? [source.error, source.cause, source.input, source.output]
        : [null, null, source.input, source.output];
      texts.forEach((each, index) => each.draw(shown[index] ?? null));
      const tries = visit?.attempts ?? [];
      const keyOf = (each) => `${visit.index} ${each.number}`;
      const numbered = tries.map((each, index) => ({
        ...each,
        number: index + 1,
        parameters: data?.parameters?.[index] ?? null,
      }));
      attempts.hidden = tries.length === 0;
      drawList(attempts, numbered, keyOf, attempt);
    },
  };
}

/** @returns {[string, string, string?][]} */
function factsOf(execution, visit, now) {
  const start = Date.parse(visit.entered);
  const end = visit.ended ? Date.parse(visit.ended) : now;
  const counts = execution.counts[visit.name];
  const facts = [
    ["Status", MARK_WORDS[markOf(visit)]],
    ["Type", visit.type],
    ["Entered", formatTime(start), formatFull(start)],
    visit.ended && ["Left", formatTime(end), formatFull(end)],
    [visit.ended ? "Took" : "Going on for", formatDuration(Math.max(0, end - start))],
    visit.around.length && ["In", aroundText(visit.around)],
    counts && ["Items", countsText(counts)],
  ];
  return /** @type {[string, string, string?][]} */ (facts.filter(Boolean));
}

function fact(/** @type {any[]} */ [term]) {
  const text = element("dd");
  return {
    root: element("div", {}, element("dt", {}, term), text),
    draw(/** @type {any[]} */ [, value, title]) {
      setText(text, value);
      setAttributes(text, { title });
    },
  };
}

function option(visit) {
  const root = element("option", { value: String(visit.index) });
  return {
    root,
    draw(each) {
      const within = each.around.map(({ index, kind }) => `${kind} ${kind === "item" ? index : index + 1}`);
      const when = formatTime(Date.parse(each.entered));
      setText(root, [...within, when, MARK_WORDS[markOf(each)]].join(" · "));
    },
  };
}

function attempt({ number }) {
  const title = element("b", {}, `Attempt ${number}`);
  const when = element("span", { class: "hint" });
  const error = element("p", { class: "problem" });
  const parameters = textPart("Parameters");
  return {
    root: element("li", {}, title, " ", when, error, parameters.root),
    draw(each) {
      const start = Date.parse(each.started);
      const took = each.ended ? `, took ${formatDuration(Date.parse(each.ended) - start)}` : ", going on";
      setText(when, `${formatTime(start)}${took}`);
      setAttributes(when, { title: formatFull(start) });
      setText(error, [each.error, each.cause].filter(Boolean).join(": "));
      parameters.draw(each.parameters);
    },
  };
}

function textPart(name) {
  const text = element("pre", { tabindex: "0", role: "region", "aria-label": name });
  const root = element("div", { class: "text" }, element("h4", {}, name), text);
  return {
    root,
    draw(value) {
      root.hidden = value === null;
      if (value !== null) setText(text, indented(value));
    },
  };
}

/** JSON is indented; a cause may be any text. */
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
