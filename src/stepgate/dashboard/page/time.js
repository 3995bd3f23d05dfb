/** Formats times, in the user's time zone, and durations. */

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const SHORT = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const DAY = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** @param {number} time */
export const formatTime = (time) => CLOCK.format(time);

/**
 * The time of day; if it is not today, with `yesterday` or the date, and without seconds.
 *
 * @param {number} time
 * @param {number} now
 */
export function formatRecent(time, now) {
  const days = Math.round((midnight(time) - midnight(now)) / 86_400_000);
  if (days === 0) return formatTime(time);
  const day = Math.abs(days) === 1 ? DAY.format(days, "day") : DATE.format(time);
  return `${day}, ${SHORT.format(time)}`;
}

/** @param {number} time */
export const formatFull = (time) => FULL.format(time);

/**
 * For example `now`, `12 s ago`, `3 min ago`, `2 h ago` or `3 d ago`.
 *
 * @param {number} time
 * @param {number} now
 */
export function formatAgo(time, now) {
  const seconds = Math.floor((now - time) / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

/**
 * For example `12 ms`, `9.3 s`, `2 min 05 s` or `1 h 02 min`, as the command prints it.
 *
 * @param {number} milliseconds
 */
export function formatDuration(milliseconds) {
  if (Math.round(milliseconds) < 1000) return `${Math.round(milliseconds)} ms`;
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  return formatSeconds(Math.round(milliseconds / 1000) * 1000);
}

/**
 * Whole seconds, for a duration that is updated every second.
 *
 * @param {number} milliseconds
 */
export function formatSeconds(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${seconds} s`;
  if (hours < 1) return `${minutes} min ${pad(seconds % 60)} s`;
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

const pad = (number) => String(number).padStart(2, "0");
