/** Where goods go, in one line. */
import type { DeliveryPartsFragment } from '../generated/types';
import type { Words } from '../i18n/zh-CN';

export function deliveryLine(delivery: DeliveryPartsFragment, words: Words): string {
  if (delivery.pickUpPoint) return words.sheet.pickUpAt(delivery.pickUpPoint.name);
  return [delivery.recipient, delivery.phone, delivery.address].filter(Boolean).join(' · ');
}
