import { WordList } from '../i18n/speech.svelte';

export const endingWords = new WordList({ 'zh-CN': () => import('./ending-words.zh-CN'), en: () => import('./ending-words.en') });
