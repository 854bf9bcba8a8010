import { WordList } from '../i18n/speech.svelte';

export const challengeWords = new WordList({ 'zh-CN': () => import('./challenge-words.zh-CN'), en: () => import('./challenge-words.en') });
