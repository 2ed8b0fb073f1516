/**
 * What this server can do, including what only the managed edition can. Clients check features instead of versions.
 */
import type { Verb } from '../kind/description.ts'
import type { FunctionDefinition } from '../server/definition.ts'

/** Features by name; another edition may have more. */
export type Features = Readonly<Record<(typeof FEATURES)[number], boolean> & Record<string, boolean>>

/** The names that clients can rely on, including those that only the managed edition has. */
export const FEATURES = [
  'apply',
  'auditSearch',
  'billing',
  'bulkApply',
  'bulkWatch',
  'conditionalRequests',
  'crossOrganizationDiscovery',
  'diff',
  'directory',
  'dryRun',
  'joinOrchestration',
  'jsonPatch',
  'mergePatch',
  'overview',
  'search',
  'sort',
  'summaryView',
  'wait',
  'watch',
  'yaml',
] as const

/**
 * The features of this server: those of every server, and those that its functions bring.
 * @param functions - All deployed functions
 */
export function featuresOf(functions: readonly FunctionDefinition[]): Features {
  const can = (verb: Verb): boolean => functions.some(({ resource }) => resource?.verbs.includes(verb))
  return {
    apply: can('patch'),
    auditSearch: false,
    billing: false,
    bulkApply: false,
    bulkWatch: false,
    conditionalRequests: true,
    crossOrganizationDiscovery: false,
    diff: true,
    directory: false,
    dryRun: true,
    joinOrchestration: false,
    jsonPatch: can('patch'),
    mergePatch: can('patch'),
    overview: false,
    search: true,
    sort: true,
    summaryView: true,
    wait: true,
    watch: can('watch'),
    yaml: true,
    ...Object.fromEntries(functions.flatMap(({ features = [] }) => features.map((name) => [name, true]))),
  }
}
