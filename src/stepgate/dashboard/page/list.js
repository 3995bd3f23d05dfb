/** The list of executions: filters, search, and pages of rows. */

import { byId, drawList, element, setText } from "./element.js";
import { matches, mergeChanges, periodOf } from "./listing.js";
import { readList } from "./requests.js";
import { executionRow } from "./row.js";
import { listUrl } from "./selection.js";
import { formatRecent } from "./time.js";

const PAGE_SIZE = 100;
const MAX_LIMIT = 500; // rows of one request
const TYPING_DELAY = 250;
const RETRY_DELAY = 5_000;
const COLLECT_DELAY = 1_000;

/** @param {() => void} redraw */
export function listView(redraw) {
  const rows = byId("rows");
  const more = byId("more");
  const search = /** @type {HTMLInputElement} */ (byId("search"));
  const selects = ["workflow", "status", "since"].map((name) => ({
    name,
    node: /** @type {HTMLSelectElement} */ (byId(`filter-${name}`)),
  }));
  const loader = createLoader(redraw);
  /** @type {import("./selection.js").Filter} */
  let filter;
  let shown = "";
  let typing = 0;
  let isEndNear = false;

  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      // Each letter would be an entry of the history.
      history.replaceState(null, "", listUrl({ ...filter, text: search.value.trim() }));
      dispatchEvent(new HashChangeEvent("hashchange"));
    }, TYPING_DELAY);
  });
  for (const { name, node } of selects) {
    node.addEventListener("change", () => {
      const value = name === "since" ? node.value : node.value.split(",").filter(Boolean);
      location.hash = listUrl({ ...filter, [name]: value });
    });
  }
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    rows.querySelector("a")?.focus();
  });
  more.addEventListener("click", () => loader.more());
  new IntersectionObserver(
    (changes) => {
      isEndNear = changes.at(-1)?.isIntersecting ?? false;
      redraw();
    },
    { rootMargin: "600px" },
  ).observe(byId("end"));

  /** @param {import("./dashboard.js").View} view */
  return ({ state, selection, now, isLost }) => {
    if (selection.view !== "executions") return;
    if (shown !== location.hash) {
      shown = location.hash;
      filter = selection.filter;
      drawFilters(state);
    }
    const { page, problem, isLoading } = loader.of(filter, state, now, isLost);
    const items = page?.executions ?? [];
    if (isEndNear && !problem && !isLost) loader.more();
    drawList(rows, items.map((execution) => ({ execution, now })), (each) => each.execution.id, executionRow);
    setText(byId("matched"), page ? matchedText(page, state.overview.loaded, now) : (problem ?? "Loading executions…"));
    setText(byId("list-failure"), page && problem ? problem : "");
    byId("no-match").hidden = !page || items.length > 0 || isLoading;
    setText(byId("no-match"), page ? emptyText(state.overview.loaded, filter) : "");
    more.hidden = !page?.next;
    setText(more, isLoading ? "Loading…" : `Show ${PAGE_SIZE} more`);
  };

  function drawFilters(state) {
    if (document.activeElement !== search) search.value = filter.text;
    for (const { name, node } of selects) {
      const chosen = name === "since" ? filter.since : filter[name].join(",");
      if (name === "workflow") {
        const names = state.workflows.map((each) => each.name);
        const options = names.map((each) => element("option", { value: each }, each));
        node.replaceChildren(element("option", { value: "" }, "All workflows"), ...options);
      }
      const known = [...node.options].find((each) => each.value === chosen);
      if (!known) node.append(element("option", { value: chosen }, chosen)); // from the URL
      node.value = chosen;
    }
  }
}

/**
 * Fetches pages for a filter, and merges what the stream sends.
 *
 * @param {() => void} redraw
 */
function createLoader(redraw) {
  let key = "";
  let generation = 0;
  /** @type {import("./selection.js").Filter} */
  let filter;
  /** @type {import("./requests.js").ListPage | null} */
  let page = null;
  /** @type {string | null} */
  let problem = null;
  /** @type {AbortController | null} */
  let reading = null;
  let serverNow = 0;
  let notBefore = 0;

  /** As many rows again as are shown, or the next ones. */
  async function read(isNext) {
    const aborting = new AbortController();
    reading = aborting;
    try {
      const rows = [];
      const wanted = isNext ? PAGE_SIZE : Math.max(PAGE_SIZE, page?.executions.length ?? 0);
      let answer;
      let before = isNext ? (page?.next ?? "") : "";
      do {
        const limit = Math.min(MAX_LIMIT, wanted - rows.length);
        answer = await readList(queryOf(filter, serverNow, before, limit), aborting.signal);
        if (reading !== aborting) return;
        rows.push(...answer.executions);
        before = answer.next ?? "";
      } while (before && rows.length < wanted);
      const known = isNext && page ? page.executions : [];
      page = { ...answer, executions: unique([...known, ...rows]) };
      problem = null;
    } catch (error) {
      if (reading !== aborting) return;
      problem = error.message;
      notBefore = Date.now() + RETRY_DELAY;
      if (!isNext) generation = 0; // again
    }
    reading = null;
    redraw();
  }

  return {
    of(wanted, state, now, isLost) {
      serverNow = now;
      filter = wanted;
      const wantedKey = listUrl(wanted);
      if (wantedKey !== key) {
        key = wantedKey;
        page = problem = reading = null;
        generation = notBefore = 0;
      }
      if (generation !== state.generation && !isLost && !reading && Date.now() >= notBefore) {
        generation = state.generation;
        notBefore = Date.now() + COLLECT_DELAY; // while more than a change can hold is changing
        read(false);
      }
      if (page) {
        const isMatch = (each) => matches(each, filter, now);
        const executions = mergeChanges(page.executions, state.changed.values(), isMatch, !page.next);
        const added = executions.length - page.executions.length;
        if (executions !== page.executions) page = { ...page, executions, matched: page.matched + added };
      }
      return { page, problem, isLoading: reading !== null };
    },
    more() {
      if (page?.next && !reading) read(true);
    },
  };
}

/** @returns {[string, string][]} */
function queryOf({ workflow, status, since, text }, now, before, limit) {
  const period = periodOf(since);
  return [
    ...workflow.map((each) => /** @type {[string, string]} */ (["workflow", each])),
    ...status.map((each) => /** @type {[string, string]} */ (["status", each])),
    ...(period === null ? [] : /** @type {[string, string][]} */ ([["since", new Date(now - period).toISOString()]])),
    ...(text ? /** @type {[string, string][]} */ ([["text", text]]) : []),
    ...(before ? /** @type {[string, string][]} */ ([["before", before]]) : []),
    ["limit", String(limit)],
  ];
}

const unique = (executions) => [...new Map(executions.map((each) => [each.id, each])).values()];

/**
 * How many match of those that are loaded by now, which may be more than when the page was read.
 *
 * @param {import("./requests.js").ListPage} page
 * @param {import("./state.js").Overview["loaded"]} loaded
 * @param {number} now By the server's clock.
 */
export function matchedText({ matched }, { executions, oldest, isComplete }, now) {
  const searched = Math.max(matched, executions);
  const of = `${matched.toLocaleString("en")} of ${searched.toLocaleString("en")} loaded executions`;
  const since = oldest ? `, since ${formatRecent(Date.parse(oldest), now)}` : "";
  return isComplete ? of + since : `${of}${since}; older ones are not searched`;
}

function emptyText({ executions, isComplete }, filter) {
  if (!executions) return isComplete ? "Nothing has run yet." : "Executions are still being loaded.";
  return listUrl(filter) === listUrl() ? "" : "No loaded execution matches these filters.";
}
