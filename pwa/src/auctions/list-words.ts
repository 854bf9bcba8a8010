import { WordList } from '../i18n/speech.svelte';

export const listWords = new WordList({ 'zh-CN': () => import('./list-words.zh-CN'), en: () => import('./list-words.en') });
