// Apollo Server on Node's own HTTP server, as lean as it goes: persisted queries and parsed documents in memory.
import { createServer } from "node:http";
import { ApolloServer, HeaderMap } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import { InMemoryLRUCache } from "@apollo/utils.keyvaluecache";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { memberOf } from "./asking.mjs";
import { documents, typeDefs } from "./documents.mjs";
import { resolvers } from "./resolvers.mjs";
import { sources } from "./sources.mjs";

export async function serve(port) {
  const cache = new InMemoryLRUCache();
  for (const [hash, text] of Object.entries(documents)) await cache.set(`apq:${hash}`, text);
  const resolverValidationOptions = { requireResolversForResolveType: "ignore" };
  const schema = makeExecutableSchema({ typeDefs, resolvers, resolverValidationOptions });
  const apollo = new ApolloServer({
    schema,
    persistedQueries: { cache },
    plugins: [ApolloServerPluginCacheControlDisabled()],
    includeStacktraceInErrorResponses: false,
  });
  await apollo.start();
  const server = createServer((request, response) => answer(apollo, request, response));
  await new Promise((open) => server.listen(port, "127.0.0.1", open));
}

async function answer(apollo, request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const { headers: sent, body, status } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method, headers, search: "", body: JSON.parse(Buffer.concat(chunks)) },
    context: () => context(request),
  });
  const length = Buffer.byteLength(body.string);
  response.writeHead(status ?? 200, { ...Object.fromEntries(sent), "content-length": length }).end(body.string);
}

async function context(request) {
  const memberId = await memberOf(request.headers.cookie);
  return { memberId, about: sources(memberId) };
}
