/** The language being spoken: its words, its formats, its name on the wire. */
import type { Locale } from '../generated/types';
import { formatsFor, type Language } from './formats';
import type { Words } from './zh-CN';

const load: Record<Language, () => Promise<{ words: Words }>> = {
  'zh-CN': () => import('./zh-CN'),
  en: () => import('./en'),
};

class Speech {
  language = $state<Language>('zh-CN');
  words = $state.raw<Words>(undefined as unknown as Words);
  locale: Locale = $derived(this.language === 'en' ? 'EN' : 'ZH_CN');
  format = $derived(formatsFor(this.language));

  /** Speak `language` once its words are here; before that nothing changes. */
  async speak(language: Language): Promise<void> {
    const { words } = await load[language]();
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
