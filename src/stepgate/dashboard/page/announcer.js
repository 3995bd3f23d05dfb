/** Announces changes to screen readers, but not more often than they can be read out. */

const INTERVAL = 2_500;

/** @param {Element} region A live region. */
export function createAnnouncer(region) {
  let next = null;
  let timer = null;

  const announce = () => {
    timer = next && setTimeout(announce, INTERVAL);
    if (next) region.textContent = next;
    next = null;
  };
  return (text) => {
    next = text ?? next;
    if (!timer) announce();
  };
}
