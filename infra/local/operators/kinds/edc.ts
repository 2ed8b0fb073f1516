/**
 * What kaphera-edc-operator does: the group edc.kaphera.com.
 */
import { type Behavior, behavior, type Child, organizationOf } from '../behavior.ts'
import { type KubeObject, list, text } from '../object.ts'
import { affectsParticipant, exposed, internal, isUp, referent, suspendedAlarm, workload } from './parts.ts'

const connector = behavior({
  kind: 'Connector',
  conditions: [
    'VaultReady',
    'DatabaseReady',
    'IdentityReady',
    'ControlPlaneAvailable',
    'DataPlaneAvailable',
    'ExposureReady',
  ],
  alarms: { Upgrading: (_object, phase) => phase === 'Updating', ...suspendedAlarm },

  status(object, phase, { find, controlledBy }) {
    const participant = find('participants', object.metadata.namespace, text(object, 'spec', 'participantRef', 'name'))
    const hostname = text(object, 'spec', 'protocolApi', 'exposure', 'hostname')
    const identity = {
      participantContextId: participant && text(participant, 'status', 'participantContextId'),
      participantId: participant && text(participant, 'status', 'did'),
      bpn: participant && text(participant, 'spec', 'bpn'),
    }
    const virtual = text(object, 'spec', 'tenancy') === 'Virtual'
    return {
      ...(virtual
        ? { version: text(object, 'spec', 'version') }
        : workload(object, phase, ['controlPlane', 'replicas'])),
      ...Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined)),
      ...(isUp(phase) && {
        endpoints: [
          exposed(object, 'protocol', '/api/v1/dsp', hostname),
          internal(object, 'management', 8181, '/management'),
          internal(object, 'control', 8083, '/control'),
          internal(object, 'health', 8080, '/api/check/health'),
        ],
        dataPlanes: controlledBy(object, 'dataplanes').map((dataPlane) => ({
          name: dataPlane.metadata.name,
          state: text(dataPlane, 'status', 'registrationState') ?? 'Unregistered',
          transferTypes: list(dataPlane, 'spec', 'transferTypes'),
        })),
      }),
    }
  },

  affects: affectsParticipant,
  children: (object, { installed }) => (installed('dataplanes') ? [defaultDataPlane(object)] : []),
})

/** The data plane that every connector gets. */
function defaultDataPlane({ apiVersion, kind, metadata: { name, namespace, uid, labels = {} } }: KubeObject): Child {
  return {
    plural: 'dataplanes',
    manifest: {
      apiVersion,
      kind: 'DataPlane',
      metadata: {
        name: `${name}-default`,
        namespace,
        labels,
        ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
      },
      spec: { connectorRef: { name } },
    },
    isOurs: ({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) === true,
  }
}

const dataPlane = behavior({
  kind: 'DataPlane',
  affects: (object, surroundings) => [
    organizationOf(object, surroundings),
    referent(object, 'dspdataplanes', 'sharedDataPlaneRef', surroundings),
  ],
  conditions: ['Registered', 'KeysReady', 'ExposureReady', 'RuntimeAvailable'],
  status: (object, phase) => ({
    ...(text(object, 'spec', 'mode') !== 'Shared' && workload(object, phase)),
    dataPlaneId: object.metadata.uid,
    registrationState: isUp(phase) ? 'Available' : 'Unregistered',
    ...(isUp(phase) && {
      endpoints: [
        exposed(object, 'public', '/api/public'),
        internal(object, 'control', 8083, '/control'),
        internal(object, 'signaling', 8083, '/control/v1/dataflows'),
      ],
    }),
  }),
})

const identityHub = behavior({
  kind: 'IdentityHub',
  conditions: ['DatabaseReady', 'VaultReady', 'DidHostReady', 'StsReady'],
  status: (object, phase) => ({
    ...workload(object, phase),
    ...(isUp(phase) && {
      endpoints: [
        internal(object, 'identity', 7081, '/api/identity'),
        exposed(object, 'credentials', '/api/credentials', text(object, 'spec', 'hostname')),
        exposed(object, 'did', '/', text(object, 'spec', 'hostname')),
        internal(object, 'sts', 7084, '/api/sts'),
      ],
    }),
  }),
})

const credentialIssuer = behavior({
  kind: 'CredentialIssuer',
  conditions: ['DidPublished', 'StatusListReady', 'DefinitionsSynced'],
  status: (object, phase) => ({
    ...workload(object, phase),
    didState: isUp(phase) ? 'Published' : 'Generated',
    definitions: list(object, 'spec', 'credentialDefinitions').map((definition) => ({
      id: definition !== null && typeof definition === 'object' && 'id' in definition ? definition.id : '',
      ready: isUp(phase),
    })),
    ...(isUp(phase) && {
      endpoints: [
        exposed(object, 'issuance', '/api/issuance', text(object, 'spec', 'hostname')),
        exposed(object, 'statuslist', '/statuslist', text(object, 'spec', 'hostname')),
        exposed(object, 'did', '/', text(object, 'spec', 'hostname')),
        internal(object, 'admin', 10013, '/api/admin'),
      ],
    }),
  }),
})

const vault = behavior({
  kind: 'Vault',
  conditions: ['Initialized', 'Unsealed', 'PoliciesReady', 'AuthReady'],
  status: (object, phase) => ({
    initialized: isUp(phase),
    sealed: !isUp(phase),
    address: text(object, 'spec', 'external', 'address') ?? internal(object, 'api', 8200).url,
    ...(text(object, 'spec', 'managed', 'version') !== undefined && {
      version: text(object, 'spec', 'managed', 'version'),
    }),
  }),
})

/** The behaviors of the group's kinds. */
export const EDC: readonly Behavior[] = [connector, dataPlane, identityHub, credentialIssuer, vault]
