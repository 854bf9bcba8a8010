import { WordList } from '../i18n/speech.svelte';

export const plantWords = new WordList({ 'zh-CN': () => import('./plant-words.zh-CN'), en: () => import('./plant-words.en') });
