import { WordList } from '../i18n/speech.svelte';

export const drawsSectionWords = new WordList({ 'zh-CN': () => import('./draws-section-words.zh-CN'), en: () => import('./draws-section-words.en') });
