/** Numbers that travel to their new value instead of jumping there. */

export const COUNT_UP_MS = 900;

/** What to show `elapsed` ms after leaving `from` for `to`: fast first, settling at the end, always whole. */
export function between(from: number, to: number, elapsed: number, duration = COUNT_UP_MS): number {
  if (elapsed >= duration) return to;
  if (elapsed <= 0) return from;
  const left = 1 - elapsed / duration;
  return Math.round(from + (to - from) * (1 - left ** 4));
}

/** Travel from `from` to `to`, one `show` per frame; returns how to stop. */
export function countUp(from: number, to: number, show: (value: number) => void): () => void {
  if (from === to || matchMedia('(prefers-reduced-motion: reduce)').matches) {
    show(to);
    return () => {};
  }
  const began = performance.now();
  let frame = requestAnimationFrame(function step(now) {
    show(between(from, to, now - began));
    if (now - began < COUNT_UP_MS) frame = requestAnimationFrame(step);
  });
  return () => cancelAnimationFrame(frame);
}
