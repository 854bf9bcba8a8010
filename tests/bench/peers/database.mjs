// One pool as large as the product's, and values as the wire writes them.
import pg from "pg";

const POOL_MAX = 20;
const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;

pg.types.setTypeParser(INT8, Number);
pg.types.setTypeParser(DATE, (text) => text);
pg.types.setTypeParser(TIMESTAMPTZ, instant);

/** 2026-11-22 06:30:00.12+00 as 2026-11-22T06:30:00.120000Z: the session's zone is UTC. */
function instant(text) {
  const [whole, fraction] = text.slice(0, -3).split(".");
  return `${whole.replace(" ", "T")}${fraction ? `.${fraction.padEnd(6, "0")}` : ""}Z`;
}

export const pool = new pg.Pool({
  connectionString: process.env.PEER_DATABASE_URL,
  max: POOL_MAX,
  options: "-c timezone=UTC",
});

/** Rows of a statement that is prepared once on every connection. */
export const rows = async (name, text, values = [], on = pool) => (await on.query({ name, text, values })).rows;
