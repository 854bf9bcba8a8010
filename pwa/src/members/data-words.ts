import { WordList } from '../i18n/speech.svelte';

export const dataWords = new WordList({ 'zh-CN': () => import('./data-words.zh-CN'), en: () => import('./data-words.en') });
