/** Where goods go, in one line. */
import type { DeliveryPartsFragment } from '../generated/types';
import type { words as chinese } from './delivery-words.zh-CN';

export function deliveryLine(delivery: DeliveryPartsFragment, words: (typeof chinese)['delivery']): string {
  if (delivery.pickUpPoint) return words.pickUpAt(delivery.pickUpPoint.name);
  return [delivery.recipient, delivery.phone, delivery.address].filter(Boolean).join(' · ');
}
