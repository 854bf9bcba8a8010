/** What the Play screen says, in English. */
import type { words as chinese } from './words.zh-CN';

export const words: typeof chinese = {
  play: { title: 'Play' },
};
