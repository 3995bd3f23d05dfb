/** The overview: what needs attention, then each workflow with its last hour. */

import { chart } from "./chart.js";
import { byId, drawList, element, setAttributes, setText } from "./element.js";
import { executionRow } from "./row.js";
import { listUrl, startUrl } from "./selection.js";
import { formatFull, formatRecent } from "./time.js";

const SHOWN = 5;
/** @typedef {"failed" | "slow" | "waiting" | "running"} Kind */
/** @type {{kind: Kind, title: string, none: string, url: string}[]} */
const GROUPS = [
  {
    kind: "failed",
    title: "Failed in the last hour",
    none: "Nothing has failed in the last hour.",
    url: listUrl({ status: ["FAILED", "TIMED_OUT"] }),
  },
  {
    kind: "slow",
    title: "Slow",
    none: "Nothing takes longer than usual.",
    url: listUrl({ status: ["SLOW"] }),
  },
  {
    kind: "waiting",
    title: "Waiting for an event",
    none: "Nothing waits for an event.",
    url: listUrl({ status: ["WAITING"] }),
  },
  {
    kind: "running",
    title: "Running",
    none: "Nothing is running.",
    url: listUrl({ status: ["RUNNING", "PENDING_REDRIVE"] }),
  },
];

export function overviewView() {
  const attention = byId("attention");
  const workflows = byId("workflows");

  /** @param {import("./dashboard.js").View} view */
  return ({ state, now }) => {
    const { overview } = state;
    const groups = GROUPS.map((each) => ({ ...each, ...overview.attention[each.kind], now, overview }));
    drawList(attention, groups, ({ kind }) => kind, group);
    const counts = new Map(overview.workflows.map((each) => [each.name, each]));
    const cards = state.workflows.map((workflow) => ({
      workflow,
      counts: counts.get(workflow.name) ?? { ...NO_COUNTS, name: workflow.name },
      overview,
    }));
    drawList(workflows, cards, ({ workflow }) => workflow.name, card);
    setText(byId("loaded"), loadedText(overview.loaded, now));
    const { oldest } = overview.loaded;
    setAttributes(byId("loaded"), { title: oldest && formatFull(Date.parse(oldest)) });
    byId("nothing").hidden = overview.loaded.executions > 0 || !overview.loaded.isComplete;
  };
}

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
function loadedText({ executions, oldest, isComplete }, now) {
  if (!executions) return isComplete ? "" : "Loading executions…";
  const count = `${executions.toLocaleString("en")} execution${executions === 1 ? "" : "s"} loaded`;
  const since = oldest ? `, since ${formatRecent(Date.parse(oldest), now)}` : "";
  return `${count}${since}${isComplete ? "" : "; older ones are not loaded"}`;
}

function group({ kind, title, none, url }) {
  const count = element("span", { class: "total" });
  const rows = element("ul", { class: "rows", "aria-label": title });
  const hint = element("p", { class: "hint" });
  const more = element("a", { class: "more", href: url });
  const heading = element("h3", {}, count, " ", title);
  const root = element("section", { "data-kind": kind }, heading, rows, hint, more);
  return {
    root,
    draw({ total, executions, now, overview }) {
      const shown = executions.slice(0, SHOWN).map((execution) => ({ execution, now }));
      setText(count, total.toLocaleString("en"));
      setAttributes(root, { "data-empty": !total });
      drawList(rows, shown, (each) => each.execution.id, executionRow);
      rows.hidden = !shown.length;
      hint.hidden = total > 0;
      const { executions: known, isComplete } = overview.loaded;
      setText(hint, known || isComplete ? none : "Loading…");
      more.hidden = total <= shown.length;
      setText(more, `All ${total.toLocaleString("en")}`);
    },
  };
}

/** @type {{which: "running" | "failed" | "succeeded" | "aborted", word: string, status: string[], since: string}[]} */
const COUNTS = [
  { which: "running", word: "running", status: ["RUNNING", "PENDING_REDRIVE"], since: "" },
  { which: "failed", word: "failed", status: ["FAILED", "TIMED_OUT"], since: "" },
  { which: "succeeded", word: "succeeded", status: ["SUCCEEDED"], since: "" },
  { which: "aborted", word: "stopped", status: ["ABORTED"], since: "" },
];

function card({ workflow: { name, mode } }) {
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
    element("h3", {}, title),
    element("span", { class: "mode hint" }, mode),
    begin,
    picture.root,
    element("ul", { class: "counts" }, ...counts.map((each) => each.root)),
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
