/** What the screens of tasks say, in English. */
import type { words as chinese } from './words.zh-CN';

export const words: typeof chinese = {
  taskList: {
    title: 'Tasks',
    empty: 'No tasks right now. New ones will appear here.',
    open: 'Under way',
    finished: 'Done',
  },
};
