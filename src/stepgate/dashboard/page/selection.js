/**
 * What the page shows is in the fragment of its URL, so that it survives a reload and can be shared.
 *
 * @typedef {{workflow: string[], status: string[], since: string, text: string}} Filter
 * @typedef {"graph" | "timeline" | "events"} Tab
 * @typedef {{view: "overview", isUnknown: boolean}
 *   | {view: "executions", filter: Filter}
 *   | {view: "start", workflow: string}
 *   | {view: "execution", workflow: string, name: string, tab: Tab, state: number | null}} Selection
 *   `isUnknown`: the URL is not one of this page.
 */

/** @type {readonly Tab[]} */
export const TABS = ["graph", "timeline", "events"];

/** @type {Filter} */
export const NO_FILTER = { workflow: [], status: [], since: "", text: "" };

/**
 * @param {string} hash As `location.hash`.
 * @returns {Selection}
 */
export function readSelection(hash) {
  try {
    return parse(hash.replace(/^#/, "")) ?? { view: "overview", isUnknown: true };
  } catch (error) {
    if (!(error instanceof URIError)) throw error; // a "%" that encodes nothing
    return { view: "overview", isUnknown: true };
  }
}

/** @returns {Selection | null} */
function parse(fragment) {
  const [path, query = ""] = fragment.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const [empty, view = "", workflow = "", name = "", ...rest] = path
    .split("/")
    .map(decodeURIComponent);
  if (empty) return parseEarlier(fragment);
  if (rest.length) return null;
  if (view === "") return { view: "overview", isUnknown: false };
  if (view === "start") return { view, workflow };
  if (view !== "executions") return null;
  if (name) {
    const tab = TABS.find((each) => each === parameters.get("view")) ?? "graph";
    const state = parameters.get("state");
    const index = state && /^\d+$/.test(state) ? Number(state) : null;
    return { view: "execution", workflow, name, tab, state: index };
  }
  if (workflow) return null;
  const filter = {
    workflow: parameters.getAll("workflow"),
    status: parameters.getAll("status"),
    since: parameters.get("since") ?? "",
    text: parameters.get("text") ?? "",
  };
  return { view, filter };
}

/**
 * Links of earlier versions, `#workflow=W&execution=E`, may be in chats and runbooks.
 *
 * @returns {Selection | null}
 */
function parseEarlier(fragment) {
  const parameters = new URLSearchParams(fragment);
  const [workflow, name] = [parameters.get("workflow"), parameters.get("execution")];
  if (workflow && name) return { view: "execution", workflow, name, tab: "graph", state: null };
  return workflow ? { view: "executions", filter: { ...NO_FILTER, workflow: [workflow] } } : null;
}

export const OVERVIEW_URL = "#/";

/** @param {Partial<Filter>} [filter] */
export function listUrl({ workflow = [], status = [], since = "", text = "" } = {}) {
  const parameters = new URLSearchParams([
    ...workflow.map((each) => ["workflow", each]),
    ...status.map((each) => ["status", each]),
    ...(since ? [["since", since]] : []),
    ...(text ? [["text", text]] : []),
  ]);
  return parameters.size ? `#/executions?${parameters}` : "#/executions";
}

/** @param {string} workflow */
export const startUrl = (workflow) => `#/start/${encodeURIComponent(workflow)}`;

/**
 * @param {string} workflow
 * @param {string} name The execution's, or its record's id.
 * @param {{tab?: Tab, state?: number | null}} [shown]
 */
export function executionUrl(workflow, name, { tab = "graph", state = null } = {}) {
  const parameters = new URLSearchParams([
    ...(tab === "graph" ? [] : [["view", tab]]),
    ...(state === null ? [] : [["state", String(state)]]),
  ]);
  const path = `#/executions/${encodeURIComponent(workflow)}/${encodeURIComponent(name)}`;
  return parameters.size ? `${path}?${parameters}` : path;
}
