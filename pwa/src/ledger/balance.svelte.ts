/** The one balance every screen shows. */
import { later, type BalanceStanding } from './balance';

interface Telling {
  lastEventSeq: number;
  points: { available: number };
}

class Balance {
  private standing = $state.raw<BalanceStanding>();
  available = $derived(this.standing?.available);

  get seq(): number | undefined {
    return this.standing?.seq;
  }

  hear(standing: BalanceStanding): void {
    this.standing = later(this.standing, standing);
  }

  /** Take it from anything that carries a member's points and event number. */
  heed(member: Partial<Telling> | null | undefined): void {
    if (member?.points && member.lastEventSeq !== undefined) {
      this.hear({ seq: member.lastEventSeq, available: member.points.available });
    }
  }

  reset(): void {
    this.standing = undefined;
  }
}

export const balance = new Balance();
