import { WordList } from '../i18n/speech.svelte';

export const thanksWords = new WordList({ 'zh-CN': () => import('./thanks-words.zh-CN'), en: () => import('./thanks-words.en') });
