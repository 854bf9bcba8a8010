// From the schema and every src/**/*.graphql, into src/generated/: types.ts, documents/ (a module for each, so that
// a screen loads only its own) and documents.json (id → text), which the build hands to the server.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { buildSchema, concatAST, parse, print, stripIgnoredCharacters, validate, visit } from 'graphql';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(HERE, 'src');
const MADE = join(SOURCES, 'generated');
const SCHEMA = resolve(HERE, process.env.MALL_SCHEMA ?? '../schema.graphql');
const SCALARS = { DateTime: 'string', Date: 'string', UUID: 'string', Points: 'number', MinorUnits: 'number' };

const schemaText = readFileSync(SCHEMA, 'utf8');
const documents = graphqlFiles().map((location) => ({ location, document: parse(readFileSync(location, 'utf8')) }));
const everything = concatAST(documents.map(({ document }) => document));
const operations = everything.definitions.filter(({ kind }) => kind === 'OperationDefinition');
const fragments = new Map(
  everything.definitions.filter(({ kind }) => kind === 'FragmentDefinition').map((found) => [found.name.value, found]),
);

refuseWhatTheSchemaRefuses();
rmSync(join(MADE, 'documents'), { recursive: true, force: true });
mkdirSync(join(MADE, 'documents'), { recursive: true });
const texts = new Map(operations.map((operation) => [operation, minified(operation)]));
writeFileSync(join(MADE, 'documents.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
writeFileSync(join(MADE, 'types.ts'), await types());
for (const operation of operations) writeFileSync(join(MADE, `documents/${operation.name.value}.ts`), moduleOf(operation));
console.log(`codegen: ${operations.length} documents`);

function graphqlFiles() {
  const names = readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => join(SOURCES, name));
}

function refuseWhatTheSchemaRefuses() {
  const problems = validate(buildSchema(schemaText), everything);
  if (!problems.length) return;
  for (const problem of problems) console.error(`${problem}\n`);
  process.exit(1);
}

function minified(operation) {
  return stripIgnoredCharacters([operation, ...fragmentsOf(operation)].map(print).join('\n'));
}

function fragmentsOf(node, found = new Set()) {
  visit(node, {
    FragmentSpread({ name }) {
      const fragment = fragments.get(name.value);
      if (found.has(fragment)) return;
      found.add(fragment);
      fragmentsOf(fragment, found);
    },
  });
  return found;
}

function idOf(text) {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function manifest() {
  return Object.fromEntries([...texts.values()].map((text) => [idOf(text), text]));
}

function moduleOf(operation) {
  const name = operation.name.value;
  const kind = operation.operation;
  const type = name + kind[0].toUpperCase() + kind.slice(1);
  const text = texts.get(operation);
  // Only a subscription carries its text: the websocket speaks plain queries.
  const value = kind === 'subscription' ? { id: idOf(text), text } : { id: idOf(text) };
  const shape = kind === 'subscription' ? 'LiveDocument' : 'Document';
  return `// Made by codegen.mjs.
import type { ${shape} } from '../../api/document';
import type { ${type}, ${type}Variables } from '../types';

export const ${name}: ${shape}<${type}, ${type}Variables> = ${JSON.stringify(value)};
`;
}

async function types() {
  const generated = await codegen({
    filename: 'types.ts',
    schema: parse(schemaText),
    documents,
    config: { useTypeImports: true, scalars: SCALARS, onlyOperationTypes: true, nonOptionalTypename: false },
    plugins: [{ operationTypes: {} }],
    pluginMap: { operationTypes },
  });
  return `// Made by codegen.mjs.\n${generated}`;
}
