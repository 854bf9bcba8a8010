// Other people's programs judge the API: `node judge.mjs JUDGE …`. What they say is printed as lines of JSON.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const packages = path.join(import.meta.dirname, '..', '..', 'pwa')
const require = createRequire(path.join(packages, 'package.json'))
const [judge, ...given] = process.argv.slice(2)
const say = (said) => console.log(JSON.stringify(said))


/** graphql-http's audit of a server, as its authors wrote it. */
async function audit(url) {
  const { auditServer } = require('graphql-http')
  for (const { name, status, reason } of await auditServer({ url })) say({ name, status, reason })
}

/** graphql-ws's own client: one query, then a subscription for as long as we live, through every broken line. */
async function socket(url, authorization, query, subscription) {
  const { createClient } = require('graphql-ws')
  const on = {
    connected: () => say({ connected: true }),
    closed: ({ code, reason }) => say({ closed: code, reason }),
  }
  const client = createClient({ url, connectionParams: { authorization }, on, lazy: false, retryAttempts: 20, retryWait: () => new Promise((wake) => setTimeout(wake, 50)) })
  for await (const answer of client.iterate({ query })) say({ answer })
  for await (const heard of client.iterate({ query: subscription })) say({ heard })
}

/** graphql-codegen's types for every type, input and enum of the schema. */
async function codegen(schemaFile, to) {
  const { codegen: generate } = require('@graphql-codegen/core')
  const { buildSchema, parse } = require('graphql')
  const plugin = require('@graphql-codegen/typescript')
  const text = readFileSync(schemaFile, 'utf8')
  const config = { scalars: { DateTime: 'string', Date: 'string', UUID: 'string', Points: 'number', MinorUnits: 'number', JSON: 'unknown' }, strictScalars: true }
  const types = await generate({ schema: parse(text), schemaAst: buildSchema(text), filename: to, documents: [], plugins: [{ typescript: {} }], pluginMap: { typescript: plugin }, config })
  mkdirSync(path.dirname(to), { recursive: true })
  writeFileSync(to, types)
  say({ lines: types.split('\n').length })
}

await { audit, socket, codegen }[judge](...given)
