/** Who is signed in, as the latest answer says. */
import { forgetAnswers } from '../api/answer.svelte';
import { forgetMember } from '../api/kept';
import { balance } from '../ledger/balance.svelte';

interface Viewer {
  id: string | number;
  enrolled?: boolean;
}

class Session {
  standing = $state<'unknown' | 'out' | 'new' | 'in'>('unknown');
  memberId = $state<string>();

  heed(viewer: Viewer | null | undefined): void {
    if (viewer === undefined) return;
    if (!viewer) return this.leave();
    if (this.memberId && this.memberId !== String(viewer.id)) this.clear();
    this.memberId = String(viewer.id);
    if (viewer.enrolled !== undefined) this.standing = viewer.enrolled ? 'in' : 'new';
  }

  leave(): void {
    this.clear();
    this.memberId = undefined;
    this.standing = 'out';
  }

  private clear(): void {
    balance.reset();
    forgetAnswers();
    void forgetMember();
  }
}

export const session = new Session();
