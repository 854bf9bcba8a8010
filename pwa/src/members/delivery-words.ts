import { WordList } from '../i18n/speech.svelte';

export const deliveryWords = new WordList({ 'zh-CN': () => import('./delivery-words.zh-CN'), en: () => import('./delivery-words.en') });
