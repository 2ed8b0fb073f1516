/**
 * What kaphera-edc-enablement-operator does: the group enablement.kaphera.com.
 */
import { type Behavior, behavior, organizationOf } from '../behavior.ts'
import { field, text } from '../object.ts'
import { exposed, internal, isUp, referent, referrers, workload } from './parts.ts'

const registry = behavior({
  kind: 'DigitalTwinRegistry',
  conditions: ['DatabaseReady', 'AuthReady', 'ExposureReady', 'CapacityAvailable'],
  status: (object, phase, surroundings) => ({
    ...workload(object, phase),
    tenants: referrers(object, 'digitaltwinregistrytenants', 'registryRef', surroundings).length,
    shellDescriptors: 0,
    ...(isUp(phase) && {
      endpoints: [
        exposed(
          object,
          'api',
          `${text(object, 'spec', 'urlPrefix') ?? '/semantics/registry'}/api/v3`,
          text(object, 'spec', 'hostname'),
        ),
        internal(object, 'health', 8080, '/actuator/health'),
      ],
    }),
  }),
})

const tenant = behavior({
  kind: 'DigitalTwinRegistryTenant',
  conditions: ['TenantProvisioned', 'AssetPublished'],
  alarms: { QuotaExceeded: () => false },
  affects: (object, surroundings) => [
    organizationOf(object, surroundings),
    referent(object, 'digitaltwinregistries', 'registryRef', surroundings),
  ],
  status(object, phase, surroundings) {
    const { namespace, uid } = object.metadata
    const home = referent(object, 'digitaltwinregistries', 'registryRef', surroundings)
    const participant = surroundings.find('participants', namespace, text(object, 'spec', 'participantRef', 'name'))
    const isOffered = field(object, 'spec', 'connectorRef') !== undefined && isUp(phase)
    const tenantId =
      text(object, 'spec', 'tenantId') ?? (participant && text(participant, 'status', 'participantContextId'))
    return {
      ...(tenantId !== undefined && { tenantId }),
      ...(home !== undefined &&
        isUp(phase) && {
          endpoint: exposed(home, 'api', '/semantics/registry/api/v3', text(home, 'spec', 'hostname')).url,
        }),
      ...(isOffered &&
        field(object, 'spec', 'publish', 'enabled') !== false && {
          assetId: text(object, 'spec', 'publish', 'assetId') ?? `registry-${uid}`,
        }),
      usage: { shellDescriptors: 0, submodelDescriptors: 0 },
    }
  },
})

const sharedDataPlane = behavior({
  kind: 'DspDataPlane',
  conditions: ['SignalingReady', 'CapacityAvailable'],
  status: (object, phase, surroundings) => ({
    ...workload(object, phase),
    attachments: referrers(object, 'dataplanes', 'sharedDataPlaneRef', surroundings).length,
    ...(isUp(phase) && {
      endpoints: [
        exposed(object, 'public', '/api/public', text(object, 'spec', 'hostname')),
        internal(object, 'signaling', 8083, '/control/v1/dataflows'),
        exposed(object, 'refresh', '/api/refresh', text(object, 'spec', 'hostname')),
      ],
    }),
  }),
})

/** The behaviors of the group's kinds. */
export const ENABLEMENT: readonly Behavior[] = [registry, tenant, sharedDataPlane]
