// Unpack what npm carries for the browser tests: `node unpack_chromium.mjs FOLDER fonts|chromium`.
// Chromium and its archives are Brotli files; the Chinese font comes as web slices that only a page could use.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

const packages = path.join(import.meta.dirname, '..', 'pwa', 'node_modules')
const archives = path.join(packages, '@sparticuz', 'chromium', 'bin')
const [folder, wanted] = process.argv.slice(2)

const unbrotli = (name, to, mode) =>
  writeFileSync(path.join(folder, to), brotliDecompressSync(readFileSync(path.join(archives, name))), { mode })

async function unpackFonts() {
  const fontverter = createRequire(path.join(packages, 'subset-font', 'package.json'))('fontverter')
  const slices = path.join(packages, '@fontsource-variable', 'noto-sans-sc', 'files')
  mkdirSync(path.join(folder, 'fonts'), { recursive: true })
  for (const slice of readdirSync(slices).filter((name) => name.endsWith('-wght-normal.woff2'))) {
    const font = await fontverter.convert(readFileSync(path.join(slices, slice)), 'truetype')
    writeFileSync(path.join(folder, 'fonts', slice.replace('woff2', 'ttf')), font)
  }
  unbrotli('fonts.tar.br', 'fonts.tar')
}

function unpackChromium() {
  unbrotli('al2023.tar.br', 'libraries.tar')
  unbrotli('swiftshader.tar.br', 'swiftshader.tar')
  unbrotli('chromium.br', 'chromium', 0o755)
}

mkdirSync(folder, { recursive: true })
await (wanted === 'fonts' ? unpackFonts() : unpackChromium())
