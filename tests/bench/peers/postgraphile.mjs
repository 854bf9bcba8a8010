// PostGraphile on Node's own HTTP server: its own schema over the same tables, asked for the same rows and leaves.
// Our tables have no foreign keys across members, so smart tags say what belongs together.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { PersistedPlugin } from "@grafserv/persisted";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";
import { memberOf } from "./asking.mjs";

const text = readFileSync(new URL("./home_rows.graphql", import.meta.url), "utf8");
const hash = createHash("sha256").update(text).digest("hex");
const hers = ["account", "lot", "expiry_notice", "check_in", "purchase", "task_award", "redemption"];
const belongs = (...keys) => ({ tags: { foreignKey: keys } });
const may = (what) => ({ tags: { behavior: what } });

const tags = {
  version: 1,
  config: {
    class: {
      ...Object.fromEntries(hers.map((table) => [table, belongs("(member_id) references member (id)")])),
      redemption: belongs("(member_id) references member (id)", "(reward_id) references reward (id)"),
      lot: { ...belongs("(member_id) references member (id)"), attribute: { open: may("filterBy") } },
      reward: {
        ...belongs("(sku) references stock (sku)"),
        attribute: { heat: may("orderBy"), withdrawn_at: may("filterBy") },
      },
    },
  },
};

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [PersistedPlugin, jsonPgSmartTags(tags)],
  pgServices: [
    makePgService({ connectionString: process.env.PEER_DATABASE_URL, pubsub: false, poolConfig: { max: 20 } }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, persistedOperations: { [hash]: text } },
  grafast: {
    context: async ({ node }) => ({ memberId: await memberOf(node?.req.headers.cookie) }),
  },
};

export async function serve(port) {
  const serv = postgraphile(preset).createServ(grafserv);
  const server = createServer();
  await serv.addTo(server);
  await new Promise((open) => server.listen(port, "127.0.0.1", open));
}
