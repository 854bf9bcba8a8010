/** Auctions are held at night, whatever the phone's theme: for as long as a screen of theirs is open. */
import { chosenTheme, chooseTheme } from '../ui/theme';

const NIGHT = '#0a0f1e';

export function night(): () => void {
  const tints = [...document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')].map((meta) => ({ meta, content: meta.content }));
  document.documentElement.style.colorScheme = 'dark';
  for (const { meta } of tints) meta.content = NIGHT;
  return () => {
    chooseTheme(chosenTheme());
    for (const { meta, content } of tints) meta.content = content;
  };
}
