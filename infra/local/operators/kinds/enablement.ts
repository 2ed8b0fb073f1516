/**
 * What kaphera-edc-enablement-operator does: the group enablement.kaphera.com.
 * @module
 */
import { type Behaviour, behaviour } from '../behaviour.ts'
import { text } from '../object.ts'
import { exposed, internal, isUp, workload } from './parts.ts'

const registry = behaviour({
  kind: 'DigitalTwinRegistry',
  conditions: ['DatabaseReady', 'AuthReady', 'ExposureReady', 'CapacityAvailable'],
  status: (object, phase) => ({
    ...workload(object, phase),
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

const tenant = behaviour({
  kind: 'DigitalTwinRegistryTenant',
  conditions: ['TenantProvisioned', 'AssetPublished'],
  alarms: { QuotaExceeded: () => false },
  status(object, phase, { find }) {
    const { namespace } = object.metadata
    const registryNamespace = text(object, 'spec', 'registryRef', 'namespace') ?? namespace
    const home = find('digitaltwinregistries', registryNamespace, text(object, 'spec', 'registryRef', 'name'))
    const participant = find('participants', namespace, text(object, 'spec', 'participantRef', 'name'))
    const tenantId =
      text(object, 'spec', 'tenantId') ?? (participant && text(participant, 'status', 'participantContextId'))
    return {
      ...(tenantId !== undefined && { tenantId }),
      ...(home !== undefined &&
        isUp(phase) && {
          endpoint: exposed(home, 'api', '/semantics/registry/api/v3', text(home, 'spec', 'hostname')).url,
        }),
      usage: { shellDescriptors: 0, submodelDescriptors: 0 },
    }
  },
})

const sharedDataPlane = behaviour({
  kind: 'DspDataPlane',
  conditions: ['SignalingReady', 'CapacityAvailable'],
  status: (object, phase) => ({
    ...workload(object, phase),
    ...(isUp(phase) && {
      endpoints: [
        exposed(object, 'public', '/api/public', text(object, 'spec', 'hostname')),
        internal(object, 'signaling', 8083, '/control/v1/dataflows'),
        exposed(object, 'refresh', '/api/refresh', text(object, 'spec', 'hostname')),
      ],
    }),
  }),
})

/** The behaviours of the group. */
export const ENABLEMENT: readonly Behaviour[] = [registry, tenant, sharedDataPlane]
