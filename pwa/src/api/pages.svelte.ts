/** A list that grows at its end: the first page belongs to the screen's answer, later ones are asked for. */
import { untrack } from 'svelte';

interface Connection<Node> {
  edges: { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export class Pages<Node> {
  private later = $state.raw<Connection<Node>[]>([]);
  private first: () => Connection<Node> | undefined;
  private ask: (after: string) => Promise<Connection<Node> | undefined>;
  busy = $state(false);
  failed = $state(false);
  private all = $derived.by(() => [this.first(), ...this.later].filter((page) => page !== undefined));
  nodes = $derived(this.all.flatMap(({ edges }) => edges.map(({ node }) => node)));
  hasMore = $derived(this.all.at(-1)?.pageInfo.hasNextPage ?? false);

  constructor(first: () => Connection<Node> | undefined, ask: (after: string) => Promise<Connection<Node> | undefined>) {
    this.first = first;
    this.ask = ask;
    // A first page that ends elsewhere is another list: what was added to the old one no longer follows on.
    const end = $derived(first()?.pageInfo.endCursor);
    $effect(() => {
      if (end !== undefined) untrack(() => (this.later = []));
    });
  }

  more = async (): Promise<void> => {
    const after = this.all.at(-1)?.pageInfo.endCursor;
    if (this.busy || !after || !this.hasMore) return;
    this.busy = true;
    try {
      const page = await this.ask(after);
      if (page) this.later = [...this.later, page];
      this.failed = !page;
    } catch {
      this.failed = true;
    }
    this.busy = false;
  };
}
