import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { phone } from './build/phone.mjs';

export default defineConfig({
  plugins: [svelte(), phone()],
  build: {
    target: ['chrome123', 'safari17.5', 'firefox121'],
    assetsInlineLimit: 0,
    // What a lazy screen needs is named by the screen itself: a list of it all would weigh on the first one.
    modulePreload: { polyfill: false, resolveDependencies: (_, needed, { hostType }) => (hostType === 'html' ? needed : []) },
    reportCompressedSize: false,
  },
});
