/** How English counts. */
import { formatsFor } from './formats';

const { number } = formatsFor('en');

export const plural = (count: number, one: string, many: string) => `${number(count)} ${count === 1 ? one : many}`;
export const points = (count: number) => plural(count, 'point', 'points');
