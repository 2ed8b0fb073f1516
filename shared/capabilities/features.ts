/**
 * What a server of this kind can do, and what only the managed one can. Clients ask here instead of comparing versions.
 * @module
 */
import type { Verb } from '../kind/description.ts'
import type { FunctionDefinition } from '../server/definition.ts'

/** Features by name. */
export type Features = Readonly<Record<(typeof FEATURES)[number], boolean>>

/** All names, those of the managed server included. */
export const FEATURES = [
  'apply',
  'auditSearch',
  'billing',
  'bulkApply',
  'conditionalRequests',
  'crossOrganizationDiscovery',
  'diff',
  'directory',
  'dryRun',
  'joinOrchestration',
  'jsonPatch',
  'mergePatch',
  'search',
  'sort',
  'summaryView',
  'wait',
  'watch',
  'yaml',
] as const

/**
 * The features of this server.
 * @param functions - That are deployed
 */
export function featuresOf(functions: readonly FunctionDefinition[]): Features {
  const can = (verb: Verb): boolean => functions.some(({ resource }) => resource?.verbs.includes(verb))
  return {
    apply: can('patch'),
    auditSearch: false,
    billing: false,
    bulkApply: functions.some(({ name }) => name === 'apply'),
    conditionalRequests: true,
    crossOrganizationDiscovery: false,
    diff: true,
    directory: false,
    dryRun: true,
    joinOrchestration: false,
    jsonPatch: can('patch'),
    mergePatch: can('patch'),
    search: true,
    sort: true,
    summaryView: true,
    wait: true,
    watch: can('watch'),
    yaml: true,
  }
}
