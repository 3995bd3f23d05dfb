/** The overview: what needs attention, then each workflow with its last hour. */

import { chart } from "./chart.js";
import { byId, drawList, element, setAttributes, setText } from "./element.js";
import { executionRow } from "./row.js";
import { listUrl, startUrl } from "./selection.js";
import { formatFull, formatRecent } from "./time.js";

/** @typedef {"failed" | "slow" | "waiting" | "running"} Kind */
const ROW = 36; // pixels
const ABOVE = 300; // pixels of what is above and below the rows
const MIN_ROWS = 12;
const OF_OTHERS = 4; // rows of each kind but failed ones
const LAST_HOUR = "1h"; // the period in which the server counts those that have ended
const BESIDE = matchMedia("(min-width: 1240px)"); // as in dashboard.css

/**
 * The most urgent first.
 *
 * @type {{kind: Kind, title: string, url: string}[]}
 */
const GROUPS = [
  {
    kind: "failed",
    title: "Failed in the last hour",
    url: listUrl({ status: ["FAILED", "TIMED_OUT"], since: LAST_HOUR }),
  },
  { kind: "slow", title: "Slow", url: listUrl({ status: ["SLOW"] }) },
  {
    kind: "waiting",
    title: "Waiting for an event",
    url: listUrl({ status: ["WAITING"] }),
  },
  {
    kind: "running",
    title: "Running",
    url: listUrl({ status: ["RUNNING", "PENDING_REDRIVE"] }),
  },
];

export function overviewView() {
  const root = byId("overview");
  const attention = byId("attention");
  const urgent = byId("urgent");
  const workflows = byId("workflows");

  /** @param {import("./dashboard.js").View} view */
  return ({ state, now }) => {
    const { overview } = state;
    const { loaded } = overview;
    const groups = GROUPS.map((each) => ({ ...each, total: overview.attention[each.kind].total, loaded }));
    drawList(attention, groups, ({ kind }) => kind, tile);
    const fitting = BESIDE.matches ? Math.floor((innerHeight - ABOVE) / ROW) : MIN_ROWS;
    const executions = urgentOf(overview, Math.max(MIN_ROWS, fitting));
    drawList(urgent, executions.map((execution) => ({ execution, now })), (each) => each.execution.id, executionRow);
    urgent.hidden = executions.length === 0;
    setAttributes(root, { "data-calm": executions.length === 0 });
    const counts = new Map(overview.workflows.map((each) => [each.name, each]));
    const cards = state.workflows.map((workflow) => ({
      workflow,
      counts: counts.get(workflow.name) ?? { ...NO_COUNTS, name: workflow.name },
      overview,
    }));
    drawList(workflows, cards, ({ workflow }) => workflow.name, workflowRow);
    setText(byId("loaded"), loadedText(loaded, now));
    setAttributes(byId("loaded"), { title: loaded.oldest && formatFull(Date.parse(loaded.oldest)) });
    byId("nothing").hidden = loaded.executions > 0 || !loaded.isComplete;
  };
}

/**
 * The newest of each kind, the most urgent kind first. One that waits, or is slow, runs, too: it is
 * there once. Failed ones get the rows that others do not need.
 *
 * @param {import("./state.js").Overview} overview
 * @param {number} rows How many there may be.
 */
export function urgentOf({ attention }, rows) {
  const [failed, ...others] = GROUPS.map(({ kind }) => attention[kind].executions);
  const ongoing = unique(others.flatMap((each) => each.slice(0, OF_OTHERS)));
  return [...failed.slice(0, Math.max(OF_OTHERS, rows - ongoing.length)), ...ongoing];
}

const unique = (executions) => [...new Map(executions.map((each) => [each.id, each])).values()];

const NO_COUNTS = {
  running: 0,
  waiting: 0,
  slow: 0,
  failed: 0,
  succeeded: 0,
  aborted: 0,
  buckets: [],
};

/** Says that nothing has run only when all lists were read. */
export function loadedText({ executions, oldest, isComplete, isListing }, now) {
  if (!executions) return isComplete ? "" : "Loading executions…";
  const count = `${executions.toLocaleString("en")} execution${executions === 1 ? "" : "s"} loaded`;
  const since = oldest ? `, since ${formatRecent(Date.parse(oldest), now)}` : "";
  const rest = isListing ? "; loading more…" : "; older ones are not loaded";
  return `${count}${since}${isComplete ? "" : rest}`;
}

function tile({ kind, title, url }) {
  const count = element("b", { class: "total" });
  const link = element("a", { href: url }, count, " ", element("span", {}, title));
  const root = element("li", { "data-kind": kind }, link);
  return {
    root,
    draw({ total, loaded }) {
      // While some workflows were never listed, none is known rather than there is none.
      setText(count, total || !loaded.isListing ? total.toLocaleString("en") : "…");
      setAttributes(root, { "data-empty": !total });
    },
  };
}

/** @type {{which: "running" | "failed" | "succeeded" | "aborted", word: string, status: string[], since: string}[]} */
const COUNTS = [
  { which: "running", word: "running", status: ["RUNNING", "PENDING_REDRIVE"], since: "" },
  { which: "failed", word: "failed", status: ["FAILED", "TIMED_OUT"], since: LAST_HOUR },
  { which: "succeeded", word: "succeeded", status: ["SUCCEEDED"], since: LAST_HOUR },
  { which: "aborted", word: "stopped", status: ["ABORTED"], since: LAST_HOUR },
];

function workflowRow({ workflow: { name, mode } }) {
  const title = element("a", { href: listUrl({ workflow: [name] }), title: name }, name);
  const begin = element(
    "a",
    { class: "begin", href: startUrl(name), "aria-label": `Start ${name}` },
    "Start",
  );
  const picture = chart();
  const counts = COUNTS.map(({ which, word, status, since }) => {
    const number = element("b");
    const href = listUrl({ workflow: [name], status, since });
    const link = element("a", { href }, number, ` ${word}`);
    return { which, number, root: element("li", { "data-count": which }, link) };
  });
  const extra = element("p", { class: "extra" });
  const root = element(
    "li",
    { "data-workflow": name },
    element("div", { class: "name" }, element("h3", {}, title), element("span", { class: "mode hint" }, mode)),
    picture.root,
    element("ul", { class: "counts" }, ...counts.map((each) => each.root)),
    begin,
    extra,
  );
  return {
    root,
    draw({ counts: known, overview }) {
      for (const { which, number, root: item } of counts) {
        setText(number, known[which].toLocaleString("en"));
        setAttributes(item, { "data-none": !known[which] });
      }
      const { slow, waiting } = known;
      const said = [slow && `${slow} slow`, waiting && `${waiting} waiting for an event`];
      setText(extra, said.filter(Boolean).join(", "));
      picture.draw(known.buckets, overview);
    },
  };
}
