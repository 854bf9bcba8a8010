/* Runs in <head> before anything else: language, theme, and the home question, already on its way. */
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem('language');
  const language = (chosen ?? navigator.language).startsWith('zh') ? 'zh-CN' : 'en';
  const theme = localStorage.getItem('theme');
  root.lang = language;
  if (location.pathname.startsWith('/auction/')) root.style.colorScheme = 'dark';
  else if (theme) root.style.colorScheme = theme;
  const words = document.createElement('link');
  words.rel = 'modulepreload';
  words.href = language === 'en' ? '__WORDS_EN__' : '__WORDS_ZH__';
  document.head.append(words);
  if (location.pathname !== '/') return;
  root.dataset.home = '';
  const variables = JSON.stringify({ locale: language === 'en' ? 'EN' : 'ZH_CN' });
  const address = '/graphql?documentId=__HOME__&variables=' + encodeURIComponent(variables);
  globalThis.early = { address, response: fetch(address) };
  globalThis.early.response.catch(() => {});
})();
