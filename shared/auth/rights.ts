/**
 * The rights that a function's ServiceAccount needs in order to decide about access.
 */
import type { PolicyRule } from '../kind/policy-rules.ts'
import { MEMBERS, ORGANIZATIONS } from './tenancy.ts'

/** For decisions in one organization. */
export const ORGANIZATION_RULES: readonly PolicyRule[] = [
  { apiGroups: [ORGANIZATIONS.group], resources: [ORGANIZATIONS.plural], verbs: ['get'] },
  { apiGroups: [MEMBERS.group], resources: [MEMBERS.plural], verbs: ['list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
]

/** For decisions across all organizations. */
export const ALL_ORGANIZATIONS_RULES: readonly PolicyRule[] = [
  { apiGroups: [ORGANIZATIONS.group], resources: [ORGANIZATIONS.plural, MEMBERS.plural], verbs: ['list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] },
]
