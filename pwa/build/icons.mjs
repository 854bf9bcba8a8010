// The mall's icons, drawn from its mark: run it after changing the mark, and commit what it writes to public/.
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { runnerImport } from 'vite';

const { module: seal } = await runnerImport(new URL('../src/ui/seal.ts', import.meta.url).pathname);
const { cellsOf, MARK_ROWS } = seal;

const CINNABAR = [0xb8, 0x26, 0x1b, 0xff];
const WHITE = [0xff, 0xff, 0xff, 0xff];
const NOTHING = [0, 0, 0, 0];

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1.5 -1.5 8 8"><rect x="-1.5" y="-1.5" width="8" height="8" rx="1.7" fill="#b8261b"/><path d="${cellsOf(MARK_ROWS)}" fill="#fff"/></svg>\n`;
write('icon.svg', svg);
write('icon-180.png', icon(180, { margin: 0.2, round: 0 }));
write('icon-192.png', icon(192, { margin: 0.1875, round: 0.21 }));
write('icon-512.png', icon(512, { margin: 0.1875, round: 0.21 }));
write('icon-512-maskable.png', icon(512, { margin: 0.27, round: 0 }));

function icon(size, { margin, round }) {
  const cell = Math.floor((size * (1 - 2 * margin)) / 5);
  const start = Math.floor((size - cell * 5) / 2);
  return png(size, (x, y) => {
    if (isOutside(x, y, size, size * round)) return NOTHING;
    const row = MARK_ROWS[Math.floor((y - start) / cell)];
    return row?.[Math.floor((x - start) / cell)] === 'X' ? WHITE : CINNABAR;
  });
}

function isOutside(x, y, size, radius) {
  const dx = Math.max(radius - x - 0.5, x + 0.5 - (size - radius), 0);
  const dy = Math.max(radius - y - 0.5, y + 0.5 - (size - radius), 0);
  return Math.hypot(dx, dy) > radius && dx > 0 && dy > 0;
}

function png(size, colourAt) {
  const rows = Array.from({ length: size }, (_, y) => [0, ...Array.from({ length: size }, (_, x) => colourAt(x, y)).flat()]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6], 8); // 8 bits a channel, RGBA
  const data = deflateSync(Buffer.from(rows.flat()), { level: 9 });
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function write(name, content) {
  writeFileSync(new URL(`../public/${name}`, import.meta.url), content);
}
