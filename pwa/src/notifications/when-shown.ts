/** News that stands on the screen: once it was in fact seen there, the programme is told. */
export function whenShown(node: Element, seqs: readonly number[] = []): { update(seqs?: readonly number[]): void; destroy(): void } {
  let stop = () => {};
  const watch = (now: readonly number[] = []) => {
    stop();
    let ended = false;
    stop = () => (ended = true);
    if (now.length) {
      void import('./acknowledging').then(({ onceSeen }) => { if (!ended) stop = onceSeen(node, now); }, () => {});
    }
  };
  watch(seqs);
  return { update: watch, destroy: () => stop() };
}
