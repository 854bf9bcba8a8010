// Mercurius on Fastify with its just-in-time compiler, by prepared documents alone.
import { makeExecutableSchema } from "@graphql-tools/schema";
import Fastify from "fastify";
import mercurius from "mercurius";
import { memberOf } from "./asking.mjs";
import { documents, typeDefs } from "./documents.mjs";
import * as ownPlan from "./own_plan.mjs";
import { resolvers } from "./resolvers.mjs";
import { sources } from "./sources.mjs";

const RUNS_BEFORE_COMPILING = 1;

/** A resolver a field, over loaders. */
export const serve = (port) =>
  listen(port, resolvers, async (request) => {
    const memberId = await memberOf(request.headers.cookie);
    return { memberId, about: sources(memberId) };
  });

/** The product's own data plan. */
export async function serveOwnPlan(port) {
  await ownPlan.keepSnapshot();
  await listen(port, ownPlan.resolvers, (request) => ownPlan.context(request.headers.cookie));
}

async function listen(port, resolvers, context) {
  const app = Fastify();
  const resolverValidationOptions = { requireResolversForResolveType: "ignore" };
  app.register(mercurius, {
    schema: makeExecutableSchema({ typeDefs, resolvers, resolverValidationOptions }),
    context,
    jit: RUNS_BEFORE_COMPILING,
    persistedQueryProvider: mercurius.persistedQueryDefaults.prepared(documents),
    graphiql: false,
  });
  await app.listen({ port, host: "127.0.0.1" });
}
