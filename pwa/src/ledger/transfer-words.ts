import { WordList } from '../i18n/speech.svelte';

export const transferWords = new WordList({ 'zh-CN': () => import('./transfer-words.zh-CN'), en: () => import('./transfer-words.en') });
