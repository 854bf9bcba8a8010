/** Where we are, from the address bar; links and Back stay the browser's. */

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  /** A newer version is installed: the next change of screen loads it. */
  outdated = false;

  param(name: string): string | null {
    return new URLSearchParams(this.search).get(name);
  }

  go(to: string, { replace = false } = {}): void {
    if (this.outdated) return location.assign(to);
    if (to === this.path + this.search) return scrollTo(0, 0);
    history[replace ? 'replaceState' : 'pushState'](null, '', to);
    const samePath = location.pathname === this.path;
    this.read();
    if (!samePath) scrollTo(0, 0);
  }

  /** Lay a sheet over this screen; Back takes it away. */
  open(name: string, value: string): void {
    const search = new URLSearchParams(this.search);
    search.set(name, value);
    history.pushState({ sheet: true }, '', `${this.path}?${search}`);
    this.read();
  }

  close(name: string): void {
    if (history.state?.sheet) return history.back();
    const search = new URLSearchParams(this.search);
    search.delete(name);
    history.replaceState(null, '', this.path + (search.size ? `?${search}` : ''));
    this.read();
  }

  read(): void {
    this.path = location.pathname;
    this.search = location.search;
  }
}

export const router = new Router();

export function followLinks(): void {
  addEventListener('popstate', () => router.read());
  addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a');
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.go(link.pathname + link.search);
  });
}
