import { WordList } from '../i18n/speech.svelte';

export const givingWords = new WordList({ 'zh-CN': () => import('./words.zh-CN'), en: () => import('./words.en') });
