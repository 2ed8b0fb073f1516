/**
 * Every parser that reads text of a client, with the words of its grammar.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { safeParse } from 'valibot'
import { configurationOf } from '../../../shared/auth/configuration.ts'
import { comparableEmail } from '../../../shared/auth/email.ts'
import { parseScopes } from '../../../shared/auth/scopes.ts'
import { credentialsOf } from '../../../shared/auth/token/credentials.ts'
import { proofError } from '../../../shared/auth/token/dpop.ts'
import { TokenRefused, verifyToken } from '../../../shared/auth/token/verify.ts'
import { BulkCursor } from '../../../shared/bulk/cursor.ts'
import { readManifests } from '../../../shared/bulk/manifests.ts'
import { createRouter } from '../../../shared/gateway/router.ts'
import { bodyType } from '../../../shared/http/body.ts'
import { parseCondition } from '../../../shared/http/condition.ts'
import { parseJson } from '../../../shared/http/json.ts'
import { negotiate, prefersEvents } from '../../../shared/http/negotiate.ts'
import { preferences } from '../../../shared/http/prefer.ts'
import { isProblem } from '../../../shared/http/problem.ts'
import { applyOptions } from '../../../shared/http/write-options.ts'
import { parseYamlDocuments, toYaml } from '../../../shared/http/yaml.ts'
import { isObject } from '../../../shared/kind/object.ts'
import * as formats from '../../../shared/kind/schema/formats.ts'
import { string } from '../../../shared/kind/schema/structural.ts'
import { isLabelValue, isObjectName } from '../../../shared/kube/index.ts'
import { translateStatus } from '../../../shared/kube/status.ts'
import { jsonPatch } from '../../../shared/resource/patch/json-patch.ts'
import { applyMergePatch } from '../../../shared/resource/patch/merge-patch.ts'
import { isSame } from '../../../shared/resource/patch/same.ts'
import { readListQuery } from '../../../shared/resource/read/list-query.ts'
import { isWatchCursor } from '../../../shared/resource/watch/watch-cursor.ts'
import { inlineSecretErrors } from '../../../shared/resource/write/inline-secrets.ts'
import { manifestErrors, withoutServerOwned } from '../../../shared/resource/write/manifest.ts'
import { specErrors } from '../../../shared/resource/write/validate.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { unseal } from '../../../shared/runtime/sealed.ts'
import { traceHeaders } from '../../../shared/runtime/trace.ts'
import { Connector } from '../../../shared/schemas/connectors.ts'
import { compress } from '../../../shared/server/compress.ts'
import { requestId } from '../../../shared/server/request-id.ts'
import { CONNECTOR } from './connector.ts'

/** Maximum number of characters of a request target (shared/server/limits.ts). */
const TARGET_LIMIT = 8192
/** Maximum number of characters of a header. Bun takes 16 KiB of headers, and other runtimes more. */
const HEADER_LIMIT = 64 * 1024
/** Maximum number of characters of a token (shared/auth/token/credentials.ts). */
const TOKEN_LIMIT = 16 * 1024
/** Maximum number of characters of a string to which the pattern of a schema is applied. */
const PATTERN_LIMIT = 4096

/** A parser. It throws nothing but the problems of {@link isRefusal}. */
export interface Parser {
  readonly words: readonly string[]
  /** Maximum number of characters that reach it, if that is less than a body. */
  readonly most?: number
  parse(text: string): unknown
}

/** Whether an error is an answer to the client. */
export function isRefusal(error: unknown): boolean {
  return isProblem(error) || error instanceof TokenRefused
}

const URL_BASE = 'https://api.example/v1/organizations/acme/connectors'
const ENV: Environment = {
  OIDC_ISSUER: 'https://id.example',
  OIDC_AUDIENCE: 'kaphera-cloud-server',
  OIDC: { fetch: () => Promise.reject(new TypeError('connection refused')) },
} as unknown as Environment
const CTX = { waitUntil: () => undefined }
const LARGE_ANSWER = '{"metadata":{"name":"edc"}}'.repeat(100)

function withHeader(name: string, value: string): Request {
  return new Request(URL_BASE, { headers: { [name]: value } })
}

function withBody(type: string, body: string): Request {
  return new Request(URL_BASE, { method: 'POST', body, headers: { 'Content-Type': type } })
}

/** What every write does with a body. */
async function check(body: unknown): Promise<void> {
  if (!isObject(body)) return
  const wanted = withoutServerOwned(body)
  manifestErrors(Connector, wanted, { namespace: 'org-acme', organization: 'acme' }, CONNECTOR)
  inlineSecretErrors(wanted, CONNECTOR)
  await specErrors(Connector, wanted.spec)
  isSame(wanted, CONNECTOR)
}

const JSON_WORDS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\"',
  '\\u0041',
  '"a"',
  '"a":',
  '"k#":',
  '"k#":0',
  '1',
  '-',
  'e9',
  '0.1',
  'null',
  'true',
  ' ',
  '\n',
  '"__proto__":',
  '"constructor":',
  '"prototype":',
  '"metadata":',
  '"labels":',
  '"annotations":',
  '"spec":',
  '{"a":',
  '[0,',
  '\ud800',
  '~',
  '/',
]
const YAML_WORDS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ': ',
  '- ',
  '? ',
  'a',
  'k#: ',
  'k#: 0\n',
  '&a#',
  '*a#',
  '&a',
  '*a',
  '<<: ',
  '!!str ',
  '!x ',
  '|\n',
  '>\n',
  '"',
  "'",
  '#',
  ' # c\n',
  '\n',
  ' ',
  '  ',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
  '\t',
  '\uFEFF',
  '\\',
  '1',
  '.inf',
  '0x',
  '~',
  '__proto__: ',
  '\r\n',
  '`',
  '@',
]
const POINTERS = ['/', '~0', '~1', '~', 'a', '0', '-', '/a', '/metadata', '/k#', '__proto__', 'constructor']
const SELECTOR = [
  'a',
  '=',
  '==',
  '!=',
  ',',
  ' in (',
  ' notin (',
  ')',
  '!',
  ' ',
  'metadata.name',
  '/',
  '\\',
  'k#',
  '%2C',
  '%00',
  '&',
]
const TEXTS = [
  'a',
  'A',
  '0',
  '.',
  '-',
  '_',
  '/',
  ':',
  ' ',
  '@',
  '%',
  '%41',
  '#',
  '"',
  '\\',
  '(',
  ')',
  '<',
  '>',
  '[',
  ']',
  'é',
  '\u{1f600}',
  '::',
  '1.',
]
const TOKEN = ['eyJ', '.', 'a', '-', '_', '=', ' ', 'Bearer ', 'DPoP ', ',', 'eyJhbGciOiJSUzI1NiJ9', 'e30', 'W10', '\t']
const LISTED = [
  'application/json',
  '*/*',
  'text/event-stream',
  'gzip',
  ';',
  'q=0.5',
  'q=',
  'q=1',
  ',',
  ' ',
  '\t',
  '"',
  '\\',
  '=',
  'a',
  '/',
  ';q#=0',
]

/** One for each parameter of a list. */
function listQuery(name: string, words: readonly string[]): Parser {
  return {
    words,
    most: TARGET_LIMIT,
    parse: (text) => readListQuery(new URL(`${URL_BASE}?${name}=${text}`), Connector),
  }
}

/** One for each pattern of a CRD, which is applied to pieces as long as a schema lets through. */
function patterns(): Record<string, Parser> {
  const directory = join(process.cwd(), 'infra', 'crds')
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
  const found = new Set<string>()
  for (const file of files) {
    // The reviver sees every value of the CRD.
    JSON.parse(JSON.stringify(load(readFileSync(join(directory, file), 'utf8'))), (key, value) => {
      if (key === 'pattern' && typeof value === 'string') found.add(value)
      return value
    })
  }
  return Object.fromEntries(
    [...found].map((source) => [`pattern ${source}`, pieces({ pattern: new RegExp(source, 'u') })]),
  )
}

/** A rule for strings, applied to a text in pieces as long as those to which patterns are applied. */
function pieces(rules: Parameters<typeof string>[0]): Parser {
  const schema = string(rules)
  return {
    words: TEXTS,
    parse(text) {
      for (let at = 0; at < text.length; at += PATTERN_LIMIT) safeParse(schema, text.slice(at, at + PATTERN_LIMIT))
    },
  }
}

/** A status of the API server that repeats what the client sent. */
function status(code: number, body: (text: string) => object): Parser {
  return {
    words: [
      ...TEXTS,
      'Invalid value: ',
      '"',
      ': must be',
      '\n  .',
      'errors:\n  ',
      'unknown field "',
      'strict decoding error: ',
      '{',
      '}',
      'spec.a',
      '[0]',
    ],
    parse: (text) =>
      translateStatus(code, new Headers(), JSON.stringify({ kind: 'Status', ...body(text) }), 'connectors'),
  }
}

/** All parsers by their names. */
export const PARSERS: Readonly<Record<string, Parser>> = {
  JSON: { words: JSON_WORDS, parse: (text) => parseJson(text) },
  'JSON object': { words: JSON_WORDS, parse: async (text) => check(parseJson(text)) },
  'JSON manifests': {
    words: [...JSON_WORDS, '{"kind":"List","items":['],
    parse: (text) => readManifests(withBody('application/json', text)),
  },
  YAML: { words: YAML_WORDS, parse: async (text) => check((await parseYamlDocuments(text))[0]) },
  'YAML manifests': { words: YAML_WORDS, parse: (text) => readManifests(withBody('application/yaml', text)) },
  'YAML answer': {
    words: [...TEXTS, '\n', '\t', ': ', '- '],
    parse: (text) => toYaml({ text }),
  },
  'Merge Patch': {
    words: JSON_WORDS,
    async parse(text) {
      const changed = applyMergePatch(CONNECTOR, parseJson(text))
      await check(changed)
    },
  },
  'JSON Patch': {
    words: [
      '[',
      ']',
      ',',
      '{"op":"copy","from":"","path":"/k#"}',
      '{"op":"add","path":"/k#","value":0},',
      '{"op":"move","from":"/spec","path":"/a"},',
      '{"op":"test","path":"","value":{}},',
      '{"op":"remove","path":"/metadata"},',
      '{"op":"add","path":"/__proto__/x","value":1},',
      '{"op":"replace","path":"',
      '"},',
      ...POINTERS,
    ],
    async parse(text) {
      const patcher = await jsonPatch(parseJson(text))
      await check(patcher(CONNECTOR))
    },
  },
  'JSON Pointer': {
    words: POINTERS,
    async parse(text) {
      const patcher = await jsonPatch([
        { op: 'add', path: text, value: 1 },
        { op: 'copy', from: text, path: text },
      ])
      patcher(CONNECTOR)
    },
  },
  labelSelector: listQuery('labelSelector', SELECTOR),
  fieldSelector: listQuery('fieldSelector', SELECTOR),
  sort: listQuery('sort', ['metadata.name', '-', '.', ',', 'a', '/', '_', ' ', 'status.', 'ready']),
  q: listQuery('q', [...TEXTS.filter((text) => text !== '#'), '+', '\u0130']),
  continue: listQuery('continue', TOKEN),
  'names of parameters': listQuery('limit=1&', ['limit', 'k#', '=', '&', '%', '%41', '+', 'dryRun', ';', '[]']),
  'options of an apply': {
    words: ['dryRun=All', 'force=true', 'diff=true', '&', '=', 'k#', '%'],
    most: TARGET_LIMIT,
    parse: (text) => applyOptions(new URL(`${URL_BASE}?${text}`)),
  },
  'continue token': { words: TOKEN, parse: (text) => unseal('secret', 'list', text) },
  credentials: {
    most: HEADER_LIMIT,
    words: TOKEN,
    parse: (text) => credentialsOf(withHeader('Authorization', text), 'https://api.example', 'Bearer'),
  },
  token: { words: TOKEN, most: TOKEN_LIMIT, parse: (text) => verifyToken(text, configurationOf(ENV), ENV, CTX) },
  'claims of a token': {
    words: JSON_WORDS,
    most: TOKEN_LIMIT / 2,
    parse: (text) =>
      verifyToken(`${base64url('{"alg":"RS256"}')}.${base64url(text)}.c2ln`, configurationOf(ENV), ENV, CTX),
  },
  scopes: {
    words: ['kaphera-cloud:', 'read', ':', ' ', 'connectors', 'k#'],
    parse: (text) => parseScopes(text).allow('read', 'connectors'),
  },
  'e-mail of a token': { words: TEXTS, parse: (text) => comparableEmail(text) },
  'proof of possession': {
    most: HEADER_LIMIT,
    words: TOKEN,
    parse: (text) => proofError(withHeader('DPoP', text), URL_BASE, 'token', 'thumbprint', 'caller', ENV),
  },
  'If-Match': {
    most: HEADER_LIMIT,
    words: ['"', 'W/', ',', ' ', '\t', 'a', '-', '-gzip', '--gzip', ';br', '"a"', '*', '.'],
    parse: (text) => parseCondition(withHeader('If-Match', text), 'If-Match'),
  },
  Prefer: {
    most: HEADER_LIMIT,
    words: ['wait=1', 'return=minimal', ',', ';', '=', '"', ' ', '\t', 'a', '-', '\\'],
    parse: (text) => preferences(withHeader('Prefer', text)),
  },
  Accept: { most: HEADER_LIMIT, words: LISTED, parse: (text) => negotiate(withHeader('Accept', text)) },
  'Accept of events': { most: HEADER_LIMIT, words: LISTED, parse: (text) => prefersEvents(withHeader('Accept', text)) },
  'Accept-Encoding': {
    most: HEADER_LIMIT,
    words: LISTED,
    parse: (text) =>
      compress(
        withHeader('Accept-Encoding', text),
        new Response(LARGE_ANSWER, { headers: { 'Content-Type': 'application/json' } }),
      ),
  },
  'Content-Type': {
    most: HEADER_LIMIT,
    words: LISTED,
    parse: (text) => bodyType(withHeader('Content-Type', text), ['application/json'], 'Accept'),
  },
  'Last-Event-ID': {
    most: HEADER_LIMIT,
    words: ['afresh', '1', '0', '.', 'a', '0123456789ab', '.#'],
    parse: (text) => isWatchCursor(text),
  },
  'Last-Event-ID of many kinds': {
    words: ['connectors', '=', '&', '12', '.', 'afresh', '%', 'k#=1&'],
    parse: (text) => new BulkCursor().restore(text, ['connectors', 'vaults']),
  },
  'trace headers': {
    most: HEADER_LIMIT,
    words: ['a', '=', ',', ' ', '@', '-', '0', '*', 'k#=1,', ';'],
    parse(text) {
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
      traceHeaders(new Headers({ traceparent, tracestate: text }))
      traceHeaders(new Headers({ traceparent: `00-${text}` }))
    },
  },
  'X-Request-Id': {
    most: HEADER_LIMIT,
    words: ['a', '=', '-', ' ', '.'],
    parse: (text) => requestId(withHeader('X-Request-Id', text)),
  },
  path: {
    most: TARGET_LIMIT,
    words: ['/', '//', 'v1', 'organizations', 'acme', '.', '..', '%2f', '%2e', ':', ';', 'a'],
    parse(text) {
      const { pathname } = new URL(`https://api.example/${text}`)
      for (const segment of pathname.split('/')) isObjectName(segment) && isLabelValue(segment)
      return createRouter([{ name: 'connectors', routes: ['/v1/organizations/:organization/connectors'], rbac: [] }])(
        pathname,
      )
    },
  },
  ...Object.fromEntries(Object.entries(formats).map(([name, format]) => [`format ${name}`, pieces({ format })])),
  ...patterns(),
  'status of a bad request': status(400, (message) => ({ message: `strict decoding error: ${message}` })),
  'status of an invalid object': status(422, (message) => ({
    details: { causes: [{ field: message, message: `Invalid value: ${message}` }] },
  })),
  'status of a conflict': status(409, (message) => ({
    details: { causes: [{ reason: 'FieldManagerConflict', field: message, message: `conflict with "${message}` }] },
  })),
  'status of an apply': status(500, (message) => ({ message: `failed to create typed patch object (a): ${message}` })),
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
