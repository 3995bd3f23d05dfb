/**
 * What of a drawing is seen in a frame: zoom and pan as arithmetic.
 *
 * A point of the drawing is seen at `point * scale + offset`, in pixels of the frame.
 *
 * @typedef {{width: number, height: number}} Size
 * @typedef {{x: number, y: number}} Point
 * @typedef {Point & Size} Box
 * @typedef {Point & {scale: number}} Viewport `x` and `y` are the offset.
 */

const MAX_SCALE = 3;
const READABLE = 0.6; // names are 14 px at 1
const NEARLY_READABLE = 0.55; // rather this small than cut
const NARROW = 0.45; // on a phone smaller is better than cut at both sides
const MARGIN = 40;

/**
 * All of the drawing, in the middle; never enlarged.
 *
 * @param {Size} drawing
 * @param {Size} frame
 * @returns {Viewport}
 */
export function fitted(drawing, frame) {
  const scale = Math.min(1, frame.width / drawing.width, frame.height / drawing.height);
  return centered({ x: 0, y: 0, ...drawing }, frame, scale);
}

/**
 * All of the drawing if it can nearly be read so, and otherwise its top, as wide as it is readable.
 *
 * @param {Size} drawing
 * @param {Size} frame
 */
export function initial(drawing, frame) {
  const whole = fitted(drawing, frame);
  const isNarrow = whole.scale === frame.width / drawing.width;
  if (whole.scale >= (isNarrow ? NARROW : NEARLY_READABLE)) return whole;
  const scale = Math.max(READABLE, Math.min(1, frame.width / drawing.width));
  const x = (frame.width - drawing.width * scale) / 2;
  return clamped({ scale, x, y: 0 }, drawing, frame);
}

/**
 * The same with that box in the middle, in each direction in which it is not in the frame already.
 *
 * @param {Viewport} viewport
 * @param {Box} box
 * @param {Size} drawing
 * @param {Size} frame
 */
export function revealing(viewport, box, drawing, frame) {
  const { scale } = viewport;
  const left = box.x * scale + viewport.x;
  const top = box.y * scale + viewport.y;
  const isSeen = (start, length, space) => start >= 0 && start + length <= space;
  const isWide = isSeen(left, box.width * scale, frame.width);
  const isHigh = isSeen(top, box.height * scale, frame.height);
  if (isWide && isHigh) return viewport;
  const { x, y } = clamped(centered(box, frame, scale), drawing, frame);
  return { scale, x: isWide ? viewport.x : x, y: isHigh ? viewport.y : y };
}

/**
 * Zoomed so that the drawing's point under `at` stays there.
 *
 * @param {Viewport} viewport
 * @param {number} factor
 * @param {Point} at In the frame.
 * @param {Size} drawing
 * @param {Size} frame
 */
export function zoomed(viewport, factor, at, drawing, frame) {
  const least = Math.min(READABLE, fitted(drawing, frame).scale);
  const scale = Math.min(MAX_SCALE, Math.max(least, viewport.scale * factor));
  const by = scale / viewport.scale;
  const moved = { scale, x: at.x - (at.x - viewport.x) * by, y: at.y - (at.y - viewport.y) * by };
  return clamped(moved, drawing, frame);
}

/**
 * @param {Viewport} viewport
 * @param {Point} by In pixels of the frame.
 * @param {Size} drawing
 * @param {Size} frame
 */
export const panned = (viewport, by, drawing, frame) =>
  clamped({ ...viewport, x: viewport.x + by.x, y: viewport.y + by.y }, drawing, frame);

/**
 * The part of the drawing that the frame shows.
 *
 * @param {Viewport} viewport
 * @param {Size} frame
 * @returns {Box}
 */
export const seen = ({ scale, x, y }, frame) => ({
  x: -x / scale,
  y: -y / scale,
  width: frame.width / scale,
  height: frame.height / scale,
});

/**
 * @param {Viewport} viewport
 * @param {Size} drawing
 * @param {Size} frame
 */
export function isWhole({ scale }, drawing, frame) {
  return drawing.width * scale <= frame.width + 1 && drawing.height * scale <= frame.height + 1;
}

function centered(box, frame, scale) {
  return {
    scale,
    x: frame.width / 2 - (box.x + box.width / 2) * scale,
    y: frame.height / 2 - (box.y + box.height / 2) * scale,
  };
}

/** What fits stays whole; of what is larger no void is shown beyond a margin. */
function clamped({ scale, x, y }, drawing, frame) {
  return {
    scale,
    x: within(x, drawing.width * scale, frame.width),
    y: within(y, drawing.height * scale, frame.height),
  };
}

function within(offset, length, space) {
  const slack = space - length;
  const least = slack < 0 ? slack - MARGIN : 0;
  const most = slack < 0 ? MARGIN : slack;
  return Math.min(Math.max(offset, least), most);
}
