import { WordList } from '../i18n/speech.svelte';

export const sealWords = new WordList({ 'zh-CN': () => import('./seal-words.zh-CN'), en: () => import('./seal-words.en') });
