/** Elements of the page, made without HTML from text. */

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for what is drawn. */
export function drawn(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(made, attributes = {}, children) {
  setAttributes(made, attributes);
  made.append(...children);
  return made;
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

/** Sets the text if it is another one, so that what is selected in it stays so. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A picture out of index.html; words beside it say the same. */
export function icon(name) {
  return drawn("svg", { class: "icon", "aria-hidden": "true" }, drawn("use", { href: `#${name}` }));
}

export function setIcon(svg, name) {
  setAttributes(svg.firstElementChild, { href: `#${name}` });
}

/**
 * Makes the children of a node those of the items, and leaves alone what is right already.
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
  // First, for an element that is moved loses the focus.
  for (const [key, { root }] of views) {
    if (kept.has(key)) continue;
    root.remove();
    views.delete(key);
  }
  let place = parent.firstElementChild;
  items.forEach((item, index) => {
    const key = keys[index];
    if (!views.has(key)) views.set(key, make(item));
    const { root, draw } = views.get(key);
    draw(item);
    if (root === place) place = place.nextElementSibling;
    else parent.insertBefore(root, place);
  });
}
const LISTS = new WeakMap();
