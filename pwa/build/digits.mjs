// The digits of Bricolage Grotesque, and nothing else of it: src/generated/digits.woff2.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import subsetFont from 'subset-font';

const { resolve } = createRequire(import.meta.url);
const CHARACTERS = '0123456789 +-,./:×−';

const whole = readFileSync(resolve('@fontsource/bricolage-grotesque/files/bricolage-grotesque-latin-700-normal.woff2'));
const digits = await subsetFont(whole, CHARACTERS, { targetFormat: 'woff2', keepFeatures: ['tnum', 'kern'] });
writeFileSync(new URL('../src/generated/digits.woff2', import.meta.url), digits);
console.log(`digits: ${digits.length} bytes`);
