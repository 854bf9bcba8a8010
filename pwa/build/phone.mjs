// What Vite does not do for us: an index.html that needs nothing else to begin, the service worker, the
// trusted documents for the server, and the font's licence.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const HERE = new URL('..', import.meta.url);
const NOT_FOR_OFFLINE = /^(icon-(180|512).*|.*\.txt)$/;

export function phone() {
  return {
    name: 'phone',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const page = bundle['index.html'];
      page.source = inlined(String(page.source), bundle);
      const emit = (fileName, source) => this.emitFile({ type: 'asset', fileName, source });
      emit('documents.json', read('src/generated/documents.json'));
      emit('licences/bricolage-grotesque.txt', licence());
      emit('sw.js', serviceWorker(bundle));
    },
  };
}

/** Styles and the early script go into the page; the words of either language are found by name. */
function inlined(html, bundle) {
  const styled = html.replace(/\s*<link rel="stylesheet"[^>]*href="\/([^"]+)"[^>]*>/, (_, file) => {
    const css = String(bundle[file].source);
    // No later chunk is to wait for a file that is in the page already.
    for (const chunk of Object.values(bundle)) chunk.viteMetadata?.importedCss.delete(file);
    if (!Object.values(bundle).some((chunk) => chunk.code?.includes(file))) delete bundle[file];
    return `\n    <style>${css.trim()}</style>`;
  });
  const font = Object.keys(bundle).find((file) => /digits.*\.woff2$/.test(file));
  return styled
    .replace('<script data-early></script>', () => `<link rel="preload" href="/${font}" as="font" type="font/woff2" crossorigin />\n    <script>${early(bundle)}</script>`)
    .replace(/^\s+/gm, '');
}

function early(bundle) {
  const documents = Object.entries(JSON.parse(read('src/generated/documents.json')));
  const [home] = documents.find(([, text]) => text.startsWith('query Home('));
  return read('src/early.js')
    .replace(/\/\*[\s\S]*?\*\/\s*/g, '')
    .replace(/^\s+/gm, '')
    .replace('__HOME__', home)
    .replace('__WORDS_ZH__', wordsFile(bundle, 'zh-CN'))
    .replace('__WORDS_EN__', wordsFile(bundle, 'en'));
}

function wordsFile(bundle, language) {
  const chunk = Object.values(bundle).find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/i18n/${language}.ts`));
  return `/${chunk.fileName}`;
}

function serviceWorker(bundle) {
  const built = Object.keys(bundle).filter((file) => file !== 'index.html' && file.startsWith('assets/'));
  const files = ['/', ...[...built, ...publicFiles()].map((file) => `/${file}`)];
  const version = createHash('sha256').update(JSON.stringify(files)).update(bundle['index.html'].source).digest('hex');
  return read('src/sw/service-worker.js').replace('__VERSION__', version.slice(0, 12)).replace('__FILES__', JSON.stringify(files));
}

function publicFiles() {
  return readdirSync(new URL('public', HERE)).filter((file) => !NOT_FOR_OFFLINE.test(file));
}

function licence() {
  return readFileSync(createRequire(import.meta.url).resolve('@fontsource/bricolage-grotesque/LICENSE'));
}

function read(path) {
  return readFileSync(new URL(path, HERE), 'utf8');
}
