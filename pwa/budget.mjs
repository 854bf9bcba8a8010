// The phone's byte budgets, asserted on what was built. Sizes are after gzip, as sent.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('dist/', import.meta.url);
const KB = 1024;
/** Screens with charts. */
const DASHBOARDS = ['Desk'];

if (!existsSync(new URL('index.html', DIST))) fail('nothing is built yet: npm run build');

const files = readdirSync(new URL('assets/', DIST));
const page = read('index.html').toString();
const [entry] = page.match(/assets\/index-[^"]+\.js/) ?? fail('index.html names no entry');
const firstScripts = closure(entry);
const words = Math.max(...['zh-CN', 'en'].map((language) => zipped(named(language))));
const firstScript = sum(firstScripts.map(zipped)) + words;
const html = gzipSync(read('index.html')).length;
const digits = read(`assets/${files.find((file) => file.endsWith('.woff2'))}`).length;

const within = [
  line('first-screen JS', firstScript, 35 * KB),
  line('HTML + CSS', html, 6 * KB),
  line('digits font', digits, 4 * KB),
  line('before the cards paint', firstScript + html + digits, 60 * KB),
  line('refusals', Math.max(...refusalLists().map(zipped)), 4 * KB),
  ...lazyRoutes().map(([name, size]) => line(`route ${name}`, size, (DASHBOARDS.includes(name) ? 45 : 12) * KB)),
];
process.exit(within.every(Boolean) ? 0 : 1);

/** Every screen's own chunk with what only lazy screens share: scripts, styles and words together. */
function lazyRoutes() {
  const screens = files.filter((file) => /^(Rewards|RewardSheet|Tasks|Me|MyData|Points|Transfer|Statement|Challenge|Plant|SharedPlant|Redemptions|Pool|DeliveryForm|MyDraws|CheckDraw|About|SignIn|Welcome|Seal|member-events|Play|Auction|BidDock|BuyNow|Ending|Prize|bid-again|AuctionsSection|NoticeCard|Giving|GivingSection|Project|GiveBar|Thanks|Donations|Proof|Desk)-.*\.js$/.test(file));
  return screens.map((file) => {
    const scripts = closure(`assets/${file}`).filter((script) => !firstScripts.includes(script));
    const styles = scripts.flatMap((script) => files.filter((other) => other.endsWith('.css') && nameOf(other) === nameOf(script)));
    return [nameOf(file), sum(scripts.map(zipped)) + sum(styles.map((style) => zipped(`assets/${style}`))) + wordsOf(scripts)];
  });
}

/** Every refusal in a language: one list for all lazy screens, fetched with the first of them. */
function refusalLists() {
  return files.filter((file) => /^words\..*\.js$/.test(file)).map((file) => `assets/${file}`).filter((file) => read(file).includes('MessageNotSent'));
}

/** The words these scripts load besides the refusals, in the longer language. */
function wordsOf(scripts) {
  const lists = scripts.flatMap((script) => [...read(script).toString().matchAll(/import\([`"]\.\/([\w-]*words\.[^`"]+\.js)[`"]\)/g)].map(([, file]) => file)).filter((file) => !refusalLists().includes(`assets/${file}`));
  return Math.max(...['zh-CN', 'en'].map((language) => sum(lists.filter((file) => nameOf(file).endsWith(`words.${language}`)).map((file) => zipped(`assets/${file}`)))));
}

/** A script and everything it imports at once. */
function closure(script, found = []) {
  if (found.includes(script)) return found;
  found.push(script);
  for (const [, next] of read(script).toString().matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) closure(`assets/${next}`, found);
  return found;
}

function named(name) {
  return `assets/${files.find((file) => nameOf(file) === name)}`;
}

function nameOf(file) {
  return file.replace('assets/', '').replace(/-[\w-]{8}\.\w+$/, '');
}

function zipped(file) {
  return gzipSync(read(file)).length;
}

function read(file) {
  return readFileSync(new URL(file, DIST));
}

function sum(sizes) {
  return sizes.reduce((total, size) => total + size, 0);
}

function line(name, size, limit) {
  const fits = size <= limit;
  console.log(`${fits ? 'ok  ' : 'OVER'} ${name.padEnd(24)} ${(size / KB).toFixed(1).padStart(5)} of ${limit / KB} KB`);
  return fits;
}

function fail(reason) {
  console.error(`budget: ${reason}`);
  process.exit(1);
}
