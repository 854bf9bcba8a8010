/** The language being spoken: its words, its formats, its name on the wire. */
import type { Locale } from '../generated/types';
import { formatsFor, type Language } from './formats';
import type { Words } from './zh-CN';

type Loaders<Spoken> = Record<Language, () => Promise<{ words: Spoken }>>;

const load: Loaders<Words> = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
};
const lists = new Set<{ learn(language: Language): Promise<void> }>();

class Speech {
  language = $state<Language>('zh-CN');
  words = $state.raw<Words>(undefined as unknown as Words);
  locale: Locale = $derived(this.language === 'en' ? 'EN' : 'ZH_CN');
  format = $derived(formatsFor(this.language));

  /** Speak `language` once its words are here, those of every screen seen so far too; before that nothing changes. */
  async speak(language: Language): Promise<void> {
    const [{ words }] = await Promise.all([load[language](), learned(language)]);
    await learned(language); // a screen may have come meanwhile
    this.words = words;
    this.language = language;
    document.documentElement.lang = language;
    document.querySelector('link[rel=manifest]')?.setAttribute('href', language === 'en' ? '/manifest.en.webmanifest' : '/manifest.webmanifest');
  }

  async choose(language: Language): Promise<void> {
    localStorage.setItem('language', language);
    await this.speak(language);
  }

  other(): Promise<void> {
    return this.choose(this.language === 'en' ? 'zh-CN' : 'en');
  }
}

export const speech = new Speech();

/** The words of screens that come when first needed: they come with the code that names the list, in one language only. */
export class WordList<Spoken extends object> {
  private known = new Map<Language, Spoken>();

  constructor(private load: Loaders<Spoken>) {
    lists.add(this);
  }

  /** The list's own words over those every screen shares. */
  get now(): Omit<Words, keyof Spoken> & Spoken {
    return { ...speech.words, ...(this.known.get(speech.language) as Spoken) };
  }

  async learn(language: Language): Promise<void> {
    if (!this.known.has(language)) this.known.set(language, (await this.load[language]()).words);
  }
}

/** What arrives later, once the words it speaks are here too. */
export async function withWords<Arriving>(arriving: Promise<Arriving>): Promise<Arriving> {
  const arrived = await arriving;
  let language: Language;
  do await learned((language = speech.language));
  while (language !== speech.language); // another one was chosen meanwhile
  return arrived;
}

async function learned(language: Language): Promise<void> {
  await Promise.all([...lists].map((list) => list.learn(language)));
}
