// The contract and the phone's documents, as the product publishes them.
import { readFileSync } from "node:fs";

export const typeDefs = readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8");
const manifest = JSON.parse(readFileSync(process.env.PEER_DOCUMENTS, "utf8"));

/** Text by hash, as clients of persisted queries name it. */
export const documents = Object.fromEntries(
  Object.entries(manifest).map(([name, text]) => [name.replace("sha256:", ""), text]),
);
