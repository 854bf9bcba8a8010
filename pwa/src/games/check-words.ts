import { WordList } from '../i18n/speech.svelte';

export const checkWords = new WordList({ 'zh-CN': () => import('./check-words.zh-CN'), en: () => import('./check-words.en') });
