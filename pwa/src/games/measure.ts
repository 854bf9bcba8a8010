/** Why she cannot draw at this moment, before she taps: in the order in which the server would say it. */
import type { PoolPartsFragment } from '../generated/types';
import type { words } from './draw-words.zh-CN';

type Say = Pick<(typeof words)['draw'], 'closed' | 'notYet' | 'limit' | 'cool' | 'missing'>;
type Pool = Pick<PoolPartsFragment, 'points' | 'mine'> & { round: Pick<NonNullable<PoolPartsFragment['round']>, 'state' | 'opensAt' | 'closesAt'> | null };

/** An empty text when nothing keeps her; `available`: her points, undefined while they are not known. */
export function whyWait({ points, mine, round }: Pool, available: number | undefined, now: number, say: Say): string {
  const at = (iso: string) => new Date(iso).getTime();
  if (!round || round.state === 'CLOSED' || round.state === 'REVEALED' || at(round.closesAt) <= now) return say.closed;
  if (at(round.opensAt) > now) return say.notYet(round.opensAt);
  if (mine && !mine.leftThisWeek && at(mine.resetsAt) > now) return say.limit(mine.resetsAt);
  if (mine?.coolDownUntil && at(mine.coolDownUntil) > now) return say.cool(mine.coolDownUntil);
  if (available !== undefined && available < points) return say.missing(points - available);
  return '';
}
