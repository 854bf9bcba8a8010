import { WordList } from '../i18n/speech.svelte';

export const sectionWords = new WordList({ 'zh-CN': () => import('./section-words.zh-CN'), en: () => import('./section-words.en') });
