/** What the Play screen says, in Chinese. */
export const words = {
  play: { title: '玩一玩' },
};
