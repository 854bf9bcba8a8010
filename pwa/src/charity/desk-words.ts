import { WordList } from '../i18n/speech.svelte';

export const deskWords = new WordList({ 'zh-CN': () => import('./desk-words.zh-CN'), en: () => import('./desk-words.en') });
