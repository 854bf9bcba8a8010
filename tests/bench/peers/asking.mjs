// Who asks: the session cookie, checked against its row as the product does.
import { createHash, timingSafeEqual } from "node:crypto";
import { rows } from "./database.mjs";

const SESSION = `
  SELECT s.secret_hash, coalesce(m.merged_into, m.id) AS member_id FROM member_session s
  JOIN member m ON m.id = s.member_id
  WHERE s.member_id = $1 AND s.id = $2 AND s.revoked_at IS NULL AND s.expires_at > now()`;

/** The row of the session whose cookie this is, as `statement` reads it; null when it opens nothing. */
export async function sessionOf(header, name = "session", statement = SESSION) {
  const raw = Buffer.from(/(?:^|;\s*)mall_session=([\w-]+)/.exec(header ?? "")?.[1] ?? "", "base64url");
  if (raw.length !== 64) return null;
  const [row] = await rows(name, statement, [uuid(raw.subarray(0, 16)), uuid(raw.subarray(16, 32))]);
  const hash = createHash("sha256").update(raw.subarray(32)).digest();
  return row && timingSafeEqual(row.secret_hash, hash) ? row : null;
}

/** The id of the member who asks. */
export const memberOf = async (header) => (await sessionOf(header))?.member_id ?? null;

const uuid = (bytes) => bytes.toString("hex").replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
