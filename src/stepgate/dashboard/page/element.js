/** Creates and updates elements, without parsing HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element of index.html.
 *
 * @param {string} id
 */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svgElement(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

function build(node, attributes = {}, children) {
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

/** Sets attributes; those that are null, undefined or false are removed. */
export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else setAttribute(node, name, value === true ? "" : String(value));
  }
}

function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Sets the text only if it has changed, so that a selection in it is kept. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** An icon from index.html; text beside it says the same. */
export function icon(name) {
  const use = svgElement("use", { href: `#${name}` });
  return svgElement("svg", { class: "icon", "aria-hidden": "true" }, use);
}

export function setIcon(svg, name) {
  setAttributes(svg.firstElementChild, { href: `#${name}` });
}

/**
 * Makes one child for each item, and keeps the children of items that were there before.
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T, index: number) => string} keyOf
 * @param {(item: T) => {root: Element, draw: (item: T) => void}} make
 */
export function drawList(parent, items, keyOf, make) {
  const views = LISTS.get(parent) ?? new Map();
  LISTS.set(parent, views);
  const keys = items.map(keyOf);
  const kept = new Set(keys);
  // First, because an element that is moved loses the focus.
  for (const [key, { root }] of views) {
    if (kept.has(key)) continue;
    root.remove();
    views.delete(key);
  }
  let next = parent.firstElementChild;
  items.forEach((item, index) => {
    const key = keys[index];
    if (!views.has(key)) views.set(key, make(item));
    const { root, draw } = views.get(key);
    draw(item);
    if (root === next) next = root.nextElementSibling;
    else parent.insertBefore(root, next);
  });
}
const LISTS = new WeakMap();
