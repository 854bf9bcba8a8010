import { WordList } from '../i18n/speech.svelte';

export const recommendationWords = new WordList({ 'zh-CN': () => import('./words.zh-CN'), en: () => import('./words.en') });
