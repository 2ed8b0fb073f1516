/**
 * What a function's ServiceAccount must be allowed to read before it can decide about access.
 * @module
 */
import type { PolicyRule } from '../kind/policy-rules.ts'

/** What is read to decide who may do what in one organisation. */
export const ORGANIZATION_RULES: readonly PolicyRule[] = [
  { apiGroups: ['cloud.kaphera.com'], resources: ['organizations'], verbs: ['get'] },
  { apiGroups: ['cloud.kaphera.com'], resources: ['organizationmembers'], verbs: ['list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
]

/** What is read to decide in which organisations somebody may do something. */
export const ALL_ORGANIZATIONS_RULES: readonly PolicyRule[] = [
  { apiGroups: ['cloud.kaphera.com'], resources: ['organizations', 'organizationmembers'], verbs: ['list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] },
]
