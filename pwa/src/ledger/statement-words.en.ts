/** What a statement says, in English. */
import { plural, points } from '../i18n/english';
import type { words as chinese } from './statement-words.zh-CN';

export const words: typeof chinese = {
  statement: {
    title: 'Statement',
    month: 'Month',
    earlier: 'The month before',
    later: 'The month after',
    of: (name) => `Points of ${name}`,
    opening: 'Opening balance',
    closing: 'Closing balance',
    soFar: 'Balance so far',
    entries: (count) => plural(count, 'entry', 'entries'),
    none: 'Nothing moved in this month.',
    held: (count) => `${points(count)} of it held`,
    pending: (count) => `${points(count)} of it pending`,
    debt: (count) => `less ${points(count)} owed`,
    all: 'Entry by entry',
    files: 'Keep it',
    csv: 'CSV file',
    json: 'JSON file',
    print: 'Print',
    printing: 'Getting ready…',
    offline: 'Downloads need a connection',
    adds: 'The opening balance and every entry add up to the closing balance.',
  },
};
