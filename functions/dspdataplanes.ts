import { restart } from '../shared/resource/actions/restart.ts'
import { scale } from '../shared/resource/actions/scale.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, endpoints, status } from '../shared/resource/views/fields.ts'
import { logs } from '../shared/resource/views/logs.ts'
import { references, referrerStatesView } from '../shared/resource/views/references.ts'
import { DspDataPlane } from '../shared/schemas/dspdataplanes.ts'

const attachments = referrerStatesView('Data planes that are attached to the pool', ['dataplanes'])

/** Shared pools of data planes. */
export default resource(DspDataPlane, {
  actions: { restart, scale },
  views: { status, conditions, endpoints, attachments, events, logs, references },
})
