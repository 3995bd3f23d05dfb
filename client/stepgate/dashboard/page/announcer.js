/** Tells a screen reader what happens, but not more often than one can listen to. */

const PAUSE = 2_500;

/** @param {Element} region A live region. */
export function announcer(region) {
  let next = null;
  let timer = null;

  const say = () => {
    timer = next && setTimeout(say, PAUSE);
    if (next) region.textContent = next;
    next = null;
  };
  return (text) => {
    next = text ?? next;
    if (!timer) say();
  };
}
