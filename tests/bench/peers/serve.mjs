// One peer in a process of its own: node serve.mjs NAME PORT. PEER_DATABASE_URL and PEER_DOCUMENTS say the rest.
const PEERS = {
  apollo: async (port) => (await import("./apollo.mjs")).serve(port),
  mercurius: async (port) => (await import("./mercurius.mjs")).serve(port),
  "mercurius-own-plan": async (port) => (await import("./mercurius.mjs")).serveOwnPlan(port),
  postgraphile: async (port) => (await import("./postgraphile.mjs")).serve(port),
};

const [name, port] = process.argv.slice(2);
process.on("SIGTERM", () => process.exit(0));
await PEERS[name](Number(port));
console.log(`${name} answers on ${port}`);
