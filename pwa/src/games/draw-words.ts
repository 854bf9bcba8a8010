import { WordList } from '../i18n/speech.svelte';

export const drawWords = new WordList({ 'zh-CN': () => import('./draw-words.zh-CN'), en: () => import('./draw-words.en') });
