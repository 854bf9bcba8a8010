/** Light, dark, or as the system says; kept on this phone. */

export type Theme = 'system' | 'light' | 'dark';

export function chosenTheme(): Theme {
  const kept = localStorage.getItem('theme');
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem('theme');
  else localStorage.setItem('theme', theme);
  document.documentElement.style.colorScheme = theme === 'system' ? '' : theme;
}
