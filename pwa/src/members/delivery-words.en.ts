/** How goods reach her, in English. */
import type { words as chinese } from './delivery-words.zh-CN';

export const words: typeof chinese = {
  delivery: {
    title: 'Delivery',
    none: 'Not entered yet',
    methods: { PICK_UP: 'Pick up', HOME: 'To my address' },
    recipient: 'Recipient',
    phone: 'Phone',
    address: 'Full address',
    store: 'Pick-up point',
    privacy: 'Kept encrypted; only parts of it are ever shown.',
    pickUpAt: (name) => `Pick up at ${name}`,
  },
};
