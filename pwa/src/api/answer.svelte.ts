/** A live answer on a screen: asked when shown, asked again when its question changes, honest about its age. */
import { untrack } from 'svelte';
import { addressOf, announce, ask, NotAnswered, type Told } from './ask';
import type { Document } from './document';
import { onNews, type News } from './kept';

const REMEMBERED_MAX = 40;
/** A line that has only just come back may carry nothing yet; each time in vain it is given twice as long, up to the most. */
const AGAIN_AFTER_MS = 1_000;
const AGAIN_AFTER_MS_MAX = 60_000;

export type Standing = 'waiting' | 'fresh' | 'updating' | 'offline' | 'failed';

/** What a screen needs of an answer, whatever it was asked with. */
export interface Shown<Data> {
  readonly data: Data | undefined;
  readonly asOf: Date;
  readonly standing: Standing;
  again(): Promise<void>;
}

const remembered = new Map<string, Told<unknown>>();
const shown = new Set<Shown<unknown>>();

export class Answer<Data, Variables> implements Shown<Data> {
  data = $state.raw<Data>();
  asOf = $state.raw(new Date());
  standing = $state<Standing>('waiting');
  private turn = 0;
  private variables?: Variables;
  private againAfter = AGAIN_AFTER_MS;
  private stopListening = () => {};

  constructor(private readonly document: Document<Data, Variables>) {}

  async load(variables: Variables): Promise<void> {
    const turn = ++this.turn;
    this.variables = variables;
    const address = addressOf(this.document, variables);
    this.stopListening();
    this.recall(address);
    try {
      const told = await ask(this.document, variables);
      if (turn !== this.turn) return;
      this.take(told, address);
      this.stopListening = onNews(address, (news) => this.hear(news, address));
    } catch (trouble) {
      if (turn === this.turn) this.miss(trouble);
    }
    if (turn === this.turn) this.hopeAgain(turn);
  }

  again(): Promise<void> {
    return this.variables === undefined ? Promise.resolve() : this.load(this.variables);
  }

  /** Show what a mutation just returned, without asking. */
  become(data: Data): void {
    this.data = data;
  }

  stop(): void {
    this.turn++;
    this.stopListening();
  }

  /** Ask again by itself when nothing came although there is a line. */
  private hopeAgain(turn: number): void {
    if (this.standing !== 'offline') return void (this.againAfter = AGAIN_AFTER_MS);
    if (!navigator.onLine) return;
    setTimeout(() => turn === this.turn && void this.again(), this.againAfter * (1 + Math.random()));
    this.againAfter = Math.min(2 * this.againAfter, AGAIN_AFTER_MS_MAX);
  }

  private recall(address: string): void {
    const told = remembered.get(address) as Told<Data> | undefined;
    if (!told) return;
    this.data = told.data;
    this.asOf = told.asOf;
    this.standing = 'updating';
  }

  private take(told: Told<Data>, address: string): void {
    this.data = told.data;
    this.asOf = told.asOf;
    this.standing = told.from === 'network' ? 'fresh' : told.from === 'kept' ? 'updating' : 'offline';
    remembered.delete(address);
    remembered.set(address, told);
    if (remembered.size > REMEMBERED_MAX) remembered.delete(remembered.keys().next().value!);
  }

  private hear(news: News, address: string): void {
    const data = news.text === undefined ? undefined : (JSON.parse(news.text).data as Data | undefined);
    if (!data) return void (this.standing = navigator.onLine ? 'failed' : 'offline');
    announce(data);
    this.take({ data, asOf: new Date(), from: 'network' }, address);
  }

  private miss(trouble: unknown): void {
    if (trouble instanceof NotAnswered) reloadOnceFor(trouble.code);
    this.standing = navigator.onLine ? 'failed' : 'offline';
  }
}

/** Ask `document` for as long as this component lives, again whenever `variables` change. */
export function answerTo<Data, Variables>(document: Document<Data, Variables>, variables: () => Variables): Answer<Data, Variables> {
  const answer = new Answer(document);
  $effect(() => {
    const now = variables();
    untrack(() => void answer.load(now));
    shown.add(answer);
    return () => {
      shown.delete(answer);
      answer.stop();
    };
  });
  return answer;
}

/** Ask again for everything now on the screen. */
export async function askAgain(): Promise<void> {
  await Promise.all([...shown].map((answer) => answer.again()));
}

export function forgetAnswers(): void {
  remembered.clear();
}

/** What is remembered, for keeping it once a service worker is there. */
export function rememberedAnswers(): [string, Told<unknown>][] {
  return [...remembered];
}

/** A new server may not know an old page's documents: then the page is what is out of date. */
function reloadOnceFor(code: string): void {
  if (code !== 'PERSISTED_QUERY_NOT_FOUND' || sessionStorage.getItem('reloaded')) return;
  sessionStorage.setItem('reloaded', 'yes');
  location.reload();
}
