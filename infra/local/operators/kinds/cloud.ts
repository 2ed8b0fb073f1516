/**
 * What kaphera-cloud-operator does: the group cloud.kaphera.com.
 */
import { type Behavior, behavior, type Child, failureReason } from '../behavior.ts'
import { field, type KubeObject, list, text } from '../object.ts'
import { affectsParticipant, isUp, referent, referrers, suspendedAlarm } from './parts.ts'

/** Label of a namespace that names its organization. */
const ORGANIZATION_LABEL = 'cloud.kaphera.com/organization'

const organization = behavior({
  kind: 'Organization',
  conditions: ['NamespaceReady', 'QuotaApplied', 'IdentityProviderLinked'],
  alarms: suspendedAlarm,
  affects: () => [],
  status: (object, phase, { all }) => {
    const count = (plural: string) =>
      all(plural).filter(({ metadata }) => metadata.namespace === namespaceOf(object)).length
    return {
      namespace: namespaceOf(object),
      identityProviderState: isUp(phase) ? 'Linked' : 'Pending',
      usage: {
        connectors: count('connectors'),
        dataPlanes: count('dataplanes'),
        participants: count('participants'),
        registryTenants: count('digitaltwinregistrytenants'),
        members: count('organizationmembers'),
      },
    }
  },
  children: (object) => [organizationNamespace(object)],
})

function namespaceOf(object: KubeObject): string {
  return text(object, 'spec', 'namespace') ?? `org-${object.metadata.name}`
}

function organizationNamespace(object: KubeObject): Child {
  const { name } = object.metadata
  const labels = { [ORGANIZATION_LABEL]: name }
  return {
    plural: 'namespaces',
    manifest: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(object), labels } },
    // An existing namespace is never claimed, since it could belong to anyone.
    isOurs: ({ metadata }) => metadata.labels?.[ORGANIZATION_LABEL] === name,
  }
}

const member = behavior({
  kind: 'OrganizationMember',
  finalizer: false,
  readyPhases: ['Active'],
  route: (object) => (expiresAt(object) <= Date.now() ? ['Expired'] : ['Invited', 'Active']),
  status: (object, phase) => ({
    invitedAt: text(object, 'status', 'invitedAt') ?? object.metadata.creationTimestamp,
    ...(phase === 'Active' && {
      resolvedId: text(object, 'spec', 'subject', 'id') ?? text(object, 'spec', 'subject', 'email'),
    }),
  }),
  wakeAt(object) {
    const time = expiresAt(object)
    return time > Date.now() && Number.isFinite(time) ? new Date(time) : undefined
  },
})

function expiresAt(object: KubeObject): number {
  const time = text(object, 'spec', 'expiresAt')
  return time === undefined ? Number.POSITIVE_INFINITY : Date.parse(time)
}

const cell = behavior({
  kind: 'Cell',
  finalizer: false,
  route: (object) => (failureReason(object) === undefined ? ['Offline', 'Ready'] : ['Error']),
  conditions: ['Reachable', 'OperatorsReady'],
  alarms: { Cordoned: (object) => field(object, 'spec', 'cordoned') === true },
  status: () => ({
    kubernetesVersion: 'v1.36.3',
    operators: ['kaphera-edc-operator', 'kaphera-edc-enablement-operator', 'kaphera-cloud-operator'].map((name) => ({
      name,
      version: '0.1.0',
      ready: true,
    })),
  }),
})

const dataspaceProfile = behavior({
  kind: 'DataspaceProfile',
  conditions: ['IssuersResolvable', 'Deployed'],
  status: (object, phase, surroundings) => {
    const memberships = referrers(object, 'dataspacememberships', 'dataspaceRef', surroundings)
    const active = memberships.filter((membership) => membership.status?.phase === 'Active').length
    return {
      deployments: [...cellsOf(object)].map((cell) => ({ cell, state: isUp(phase) ? 'Active' : 'Pending' })),
      memberships: { active, pending: memberships.length - active },
    }
  },
})

/** Names of the cells in which a profile is deployed, without duplicates. */
function cellsOf(profile: KubeObject): ReadonlySet<string> {
  return new Set((list(profile, 'spec', 'cells') as readonly { readonly name: string }[]).map(({ name }) => name))
}

const participant = behavior({
  kind: 'Participant',
  conditions: ['ContextReady', 'DidPublished', 'KeysReady', 'StsAccountReady', 'CredentialsValid'],
  alarms: { CredentialsExpiringSoon: () => false },
  status(object, phase, { all }) {
    const { name, namespace, uid } = object.metadata
    const did = text(object, 'spec', 'did') ?? text(object, 'status', 'did') ?? `did:web:${namespace}.example:${name}`
    const active = field(object, 'spec', 'active') !== false
    return {
      did,
      participantContextId:
        text(object, 'spec', 'participantContextId') ?? text(object, 'status', 'participantContextId') ?? uid,
      contextState: !isUp(phase) ? 'Created' : active ? 'Activated' : 'Deactivated',
      didState: isUp(phase) && active ? 'Published' : 'Generated',
      keyPairs: keyPairs(object, did, phase),
      connectors: namesOf(all('connectors').filter(refersTo(object))),
      memberships: namesOf(all('dataspacememberships').filter(refersTo(object))),
    }
  },
})

function keyPairs(object: KubeObject, did: string, phase: string): unknown[] {
  const keys = list(object, 'spec', 'keys') as readonly { readonly id: string; readonly usage?: unknown }[]
  return keys.map(({ id, usage }) => ({
    id,
    keyId: `${did}#${id}`,
    state: isUp(phase) ? 'Activated' : 'Created',
    usage: usage ?? ['sign_token', 'sign_presentation', 'sign_credentials'],
  }))
}

function refersTo(participant: KubeObject): (object: KubeObject) => boolean {
  const { name, namespace } = participant.metadata
  return (object) => object.metadata.namespace === namespace && text(object, 'spec', 'participantRef', 'name') === name
}

function namesOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name).sort()
}

/** Phases after an approval. */
const APPROVED_PHASES: readonly (string | undefined)[] = [
  'Approved',
  'IssuingCredentials',
  'Active',
  'Suspended',
  'Revoked',
]

const membership = behavior({
  kind: 'DataspaceMembership',
  readyPhases: ['Active'],
  stalledPhases: ['Denied', 'Revoked', 'Failed'],
  terminatingPhase: 'Revoked',
  conditions: ['TermsAccepted', 'IdentityVerified', 'Approved', 'CredentialsIssued', 'ProfileAssociated'],
  route(object) {
    if (failureReason(object) !== undefined) return ['Failed']
    switch (text(object, 'spec', 'approval', 'decision')) {
      case 'Denied':
        // It was approved before, so it has been revoked.
        return [APPROVED_PHASES.includes(object.status?.phase) ? 'Revoked' : 'Denied']
      case 'Approved':
        return text(object, 'spec', 'state') === 'Suspended'
          ? ['Suspended']
          : ['Approved', 'IssuingCredentials', 'Active']
      default:
        return ['Requested', 'AwaitingApproval']
    }
  },
  affects: (object, surroundings) => [
    ...affectsParticipant(object, surroundings),
    referent(object, 'dataspaceprofiles', 'dataspaceRef', surroundings),
  ],
  status: (object, phase) => ({
    holderId: object.metadata.uid,
    profileAssociated: phase === 'Active',
  }),
})

/** The behaviors of the group's kinds. */
export const CLOUD: readonly Behavior[] = [organization, member, cell, dataspaceProfile, participant, membership]
