// The programme's terms in force, read again every two seconds as the product does.
import { rows } from "./database.mjs";

const FRESH_MS = 2000;
const NEWEST = "SELECT body FROM published_terms WHERE effective_from <= now() ORDER BY effective_from DESC, version DESC LIMIT 1";
let read = null;

export function terms() {
  if (read === null || performance.now() - read.at > FRESH_MS)
    read = { at: performance.now(), terms: rows("terms", NEWEST).then(([row]) => row.body) };
  return read.terms;
}
