import { WordList } from '../i18n/speech.svelte';

export const playWords = new WordList({ 'zh-CN': () => import('./words.zh-CN'), en: () => import('./words.en') });
