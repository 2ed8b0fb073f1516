/**
 * Reads a matrix, which says who may do what, and maps each row to a request.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { SERVICE_ACCOUNT } from '../../infra/local/issuer/identities.ts'
import { type Json, type Sent, tokenOf } from './client.ts'

/** Possible values of a cell. */
export const EXPECTATIONS = ['ok', '401', '403', '404'] as const

/** One row: an operation on a kind, with one cell for each role. */
export interface Row {
  readonly plural: string
  readonly operation: string
  /** In the order of the roles. */
  readonly cells: readonly string[]
}

/** The file. */
export interface Matrix {
  readonly roles: readonly string[]
  readonly rows: readonly Row[]
}

/**
 * Reads a file in which each plural has a table, whose first line names the roles.
 * @param file - Default: matrix.yaml
 * @throws {Error} if two tables do not have the same roles
 */
export function readMatrix(file: string = join(import.meta.dirname, 'matrix.yaml')): Matrix {
  const text = readFileSync(file, 'utf8')
  let roles: string[] | undefined
  const rows = Object.entries(load(text) as Record<string, string>).flatMap(([plural, table]) => {
    const [[, ...head] = [], ...lines] = table.trim().split('\n').map(words)
    roles ??= head
    if (head.join() !== roles.join()) throw new Error(`${file}: ${plural} has other roles than earlier kinds`)
    return lines.map(([operation = '', ...cells]) => ({ plural, operation, cells }))
  })
  return { roles: roles ?? [], rows }
}

function words(line: string): string[] {
  return line.trim().split(/\s+/)
}

/** The user of each role and the scope of the token; `nobody` has no token. */
const TOKENS: Readonly<Record<string, readonly [name: string, scope?: string] | undefined>> = {
  nobody: undefined,
  none: ['newcomer'],
  foreign: ['globex-admin'],
  expired: ['acme-expired'],
  viewer: ['acme-viewer'],
  operator: ['acme-operator'],
  service: [SERVICE_ACCOUNT],
  admin: ['acme-admin'],
  owner: ['acme-owner'],
  parent: ['integrator-admin'],
  'limited-viewer': ['acme-limited-viewer'],
  'limited-operator': ['acme-limited-operator'],
  'limited-owner': ['acme-limited-owner'],
  'elsewhere-owner': ['acme-elsewhere-owner'],
  'read-scope': ['acme-owner', 'kaphera-cloud:read'],
  'platform-viewer': ['platform-viewer'],
  'platform-admin': ['platform-admin'],
}

/** Returns the headers with the role's token. @throws {Error} if there is no such role */
export async function headersOf(role: string): Promise<Record<string, string>> {
  if (!Object.hasOwn(TOKENS, role)) throw new Error(`the matrix has a role ${role} without a user`)
  const token = TOKENS[role]
  return token === undefined ? {} : { Authorization: `Bearer ${await tokenOf(...token)}` }
}

/** Rows that are not verbs, views or actions of the kind. */
export function furtherOperations({ plural, scope }: { plural: string; scope: string }): string[] {
  return [
    ...(scope === 'organization' ? ['list-all'] : []),
    ...(plural === 'organizationmembers' ? ['grant-owner'] : []),
  ]
}

/** A kind with an object to test. */
export interface Target {
  readonly plural: string
  /** Path of its collection. */
  readonly collection: string
  /** Name of the object. */
  readonly name: string
  /** The kind's views by name; other names are actions. */
  readonly views: readonly string[]
  /** The manifest of the object. */
  readonly manifest: Json
}

/** A request: method, path and what goes with it. */
export type Attempt = readonly [method: string, path: string, sent?: Sent]

/** Bodies of actions that need one. */
const INPUTS: Readonly<Record<string, Json>> = { scale: { replicas: 1 }, 'rotate-key': { id: 'key-1' } }

/** Returns the request for an operation. All writes are dry runs. */
export function attempt({ plural, collection, name, views, manifest }: Target, operation: string): Attempt {
  const object = `${collection}/${name}`
  const renamed = (changes: Json = {}): Json => ({
    ...manifest,
    metadata: { name: `${name}-new` },
    spec: { ...manifest.spec, ...changes },
  })
  switch (operation) {
    case 'list':
      return ['GET', `${collection}?limit=1`]
    case 'list-all':
      return ['GET', `/v1/${plural}?limit=1`]
    case 'get':
      return ['GET', object]
    case 'watch':
      return ['GET', collection, { headers: { Accept: 'text/event-stream' } }]
    case 'create':
      return ['POST', `${collection}?dryRun=All`, { body: renamed() }]
    case 'grant-owner':
      return ['POST', `${collection}?dryRun=All`, { body: renamed({ role: 'owner' }) }]
    case 'replace':
      return ['PUT', `${object}?dryRun=All`, { body: manifest, headers: { 'If-Match': '*' } }]
    case 'patch': {
      const body = { metadata: { annotations: { 'example.com/tried': 'yes' } } }
      return ['PATCH', `${object}?dryRun=All`, { body, type: 'application/merge-patch+json' }]
    }
    case 'logs':
      // Without pods the answer would look like a refusal; no pod can have this name.
      return ['GET', `${object}/logs?pod=-`]
    case 'delete':
      return ['DELETE', `${object}?dryRun=All`]
    default:
      return views.includes(operation)
        ? ['GET', `${object}/${operation}`]
        : ['POST', `${object}/${operation}?dryRun=All`, { body: INPUTS[operation] ?? {} }]
  }
}
