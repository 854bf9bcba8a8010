/** The id behind a screen's path, as in `/auction/ID`. */
import { router } from './router.svelte';

/** What stands after `prefix` in the address bar; while another screen is on its way, what stood there before. */
export function idUnder(prefix: string): { readonly id: string } {
  let id = $state('');
  const read = () => {
    if (router.path.startsWith(prefix)) id = decodeURIComponent(router.path.slice(prefix.length));
  };
  read();
  $effect.pre(read);
  return {
    get id() {
      return id;
    },
  };
}
