/** Which screen stands at which path; all but home arrive when first needed. */
import type { Component } from 'svelte';
import Home from './home/Home.svelte';

interface Route {
  load: () => Component | Promise<{ default: Component }>;
  /** Open to somebody who has not signed in. */
  open?: boolean;
  tab?: 'home' | 'rewards' | 'play' | 'tasks' | 'me';
}

const routes: Record<string, Route> = {
  '/': { load: () => Home, tab: 'home' },
  '/rewards': { load: () => import('./rewards/Rewards.svelte'), tab: 'rewards' },
  '/play': { load: () => import('./play/Play.svelte'), tab: 'play' },
  '/tasks': { load: () => import('./tasks/Tasks.svelte'), tab: 'tasks' },
  '/me': { load: () => import('./members/Me.svelte'), tab: 'me' },
  '/me/data': { load: () => import('./members/MyData.svelte'), tab: 'me' },
  '/points': { load: () => import('./ledger/Points.svelte'), tab: 'home' },
  '/statements': { load: () => import('./ledger/Statement.svelte'), tab: 'home' },
  '/transfer': { load: () => import('./ledger/Transfer.svelte'), tab: 'me' },
  '/redemptions': { load: () => import('./rewards/Redemptions.svelte'), tab: 'me' },
  '/draws': { load: () => import('./games/MyDraws.svelte'), tab: 'me' },
  '/plant': { load: () => import('./games/Plant.svelte'), tab: 'play' },
  '/giving': { load: () => import('./charity/Giving.svelte'), open: true },
  '/donations': { load: () => import('./charity/Donations.svelte'), tab: 'me' },
  '/desk': { load: () => import('./charity/Desk.svelte'), tab: 'me' },
  '/about': { load: () => import('./programme/About.svelte'), open: true, tab: 'me' },
  '/signin': { load: () => import('./members/SignIn.svelte'), open: true },
  '/welcome': { load: () => import('./members/Welcome.svelte') },
};

/** Screens with an id behind their path; `idUnder` reads it. */
const prefixes: Record<string, Route> = {
  '/draw/': { load: () => import('./games/Pool.svelte'), open: true },
  '/check-draw/': { load: () => import('./games/CheckDraw.svelte') },
  '/challenge/': { load: () => import('./games/Challenge.svelte'), tab: 'play' },
  '/plant/': { load: () => import('./games/SharedPlant.svelte'), open: true, tab: 'play' },
  '/auction/': { load: () => import('./auctions/Auction.svelte'), open: true },
  '/giving/': { load: () => import('./charity/Project.svelte'), open: true },
};

const lost: Route = { load: () => import('./ui/Lost.svelte'), open: true };

export function routeOf(path: string): Route {
  return routes[path.length > 1 ? path.replace(/\/$/, '') : path] ?? prefixes[path.replace(/[^/]+$/, '')] ?? lost;
}
