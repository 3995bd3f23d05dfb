/** The execution's name, status, error and times. */

import { drawList, element, icon, setAttributes, setIcon, setText } from "../element.js";
import { iconOf } from "../row.js";
import { elapsed, isOngoing, nameOf, statusWord } from "../state.js";
import { formatDuration, formatFull, formatRecent, formatSeconds } from "../time.js";
import { aroundText } from "./marks.js";

/** @param {(state: number) => string} urlOf The address of a state's details. */
export function headerView(urlOf) {
  const title = element("h2");
  const facts = element("dl", { class: "facts" });
  const error = element("b");
  const state = element("a");
  const within = element("span");
  const origin = element("span", {}, " in ", state, within);
  const cause = element("p");
  const failure = element(
    "div",
    { class: "failure", tabindex: "0", role: "region", "aria-label": "Why it did not succeed" },
    error,
    origin,
    cause,
  );
  const problem = element("p", { class: "problem" });
  const root = element("header", {}, title, facts, failure, problem);
  return {
    root,
    /** @param {{execution: any, workflowName: string, name: string, problem: string | null, now: number}} view */
    draw({ execution, workflowName, name, problem: unread, now }) {
      setText(title, workflowName);
      drawList(facts, execution ? factsOf(execution, now) : [["Execution", name, {}]], ([term]) => term, fact);
      failure.hidden = !(execution?.error || execution?.cause);
      setText(error, execution?.error ?? "");
      const from = execution && originOf(execution);
      origin.hidden = !from;
      if (from) {
        setText(state, from.name);
        setAttributes(state, { href: urlOf(from.index) });
        setText(within, from.around.length ? `, ${aroundText(from.around)}` : "");
      }
      setText(cause, execution?.cause ?? "");
      const loading = !execution && !unread ? "Loading this execution…" : null;
      const texts = [unread, execution?.problem, execution?.historyProblem, loading];
      setText(problem, [...new Set(texts.filter(Boolean))].join(" "));
    },
  };
}

/** The state that the execution's error came from. */
const originOf = ({ states }) => states.findLast((each) => each.isOrigin && !each.isCaught) ?? null;

function factsOf(execution, now) {
  const lasted = elapsed(execution, now);
  const time = (at) => [formatRecent(Date.parse(at), now), { title: formatFull(Date.parse(at)) }];
  const format = execution.stopped ? formatDuration : formatSeconds;
  return [
    ["Status", statusWord(execution), { status: execution.status, icon: iconOf(execution) }],
    lasted !== null && [isOngoing(execution) ? "Running for" : "Took", format(lasted), {}],
    ["Started", ...time(execution.started)],
    execution.stopped && ["Ended", ...time(execution.stopped)],
    [execution.execution ? "Execution" : "Call", nameOf(execution), {}],
    execution.version && ["Version", String(execution.version), {}],
    execution.redrives > 0 && ["Redrives", String(execution.redrives), {}],
  ].filter(Boolean);
}

function fact(/** @type {any[]} */ [term, , { icon: iconName }]) {
  const text = element("span");
  const mark = iconName && icon(iconName);
  const root = element(
    "div",
    { "data-fact": term },
    element("dt", {}, term),
    element("dd", {}, ...(mark ? [mark] : []), text),
  );
  return {
    root,
    draw([, value, { title, status, icon: name }]) {
      setText(text, value);
      setAttributes(text, { title });
      setAttributes(root, { "data-status": status });
      if (mark) setIcon(mark, name);
    },
  };
}
