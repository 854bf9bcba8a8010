import { WordList } from '../i18n/speech.svelte';

export const statementWords = new WordList({ 'zh-CN': () => import('./statement-words.zh-CN'), en: () => import('./statement-words.en') });
