/** Hand a link to a friend: by the phone's own sheet, else by copying it. */

export type Shared = 'shared' | 'copied' | 'not';

export async function shareLink(path: string, text: string): Promise<Shared> {
  const url = location.origin + path;
  try {
    if (navigator.share) {
      await navigator.share({ text, url });
      return 'shared';
    }
    await navigator.clipboard.writeText(url);
    return 'copied';
  } catch {
    return 'not'; // She closed the sheet, or the phone keeps its clipboard to itself: the link stands on the screen.
  }
}
