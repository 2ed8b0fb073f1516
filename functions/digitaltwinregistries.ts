import { restart } from '../shared/resource/actions/restart.ts'
import { scale } from '../shared/resource/actions/scale.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, endpoints, status } from '../shared/resource/views/fields.ts'
import { logs } from '../shared/resource/views/logs.ts'
import { references, referrerStatesView } from '../shared/resource/views/references.ts'
import { DigitalTwinRegistry } from '../shared/schemas/digitaltwinregistries.ts'

const tenants = referrerStatesView('Tenants of the registry', ['digitaltwinregistrytenants'])

/** Digital twin registries, which participants can share. */
export default resource(DigitalTwinRegistry, {
  actions: { restart, scale },
  views: { status, conditions, endpoints, tenants, events, logs, references },
})
