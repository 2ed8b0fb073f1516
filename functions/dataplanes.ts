import { restart } from '../shared/resource/actions/restart.ts'
import { scale } from '../shared/resource/actions/scale.ts'
import { resume, suspend } from '../shared/resource/actions/suspend.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, endpoints, status } from '../shared/resource/views/fields.ts'
import { logs } from '../shared/resource/views/logs.ts'
import { references } from '../shared/resource/views/references.ts'
import { DataPlane } from '../shared/schemas/dataplanes.ts'

/** Data planes of connectors. */
export default resource(DataPlane, {
  actions: { suspend, resume, restart, scale },
  views: { status, conditions, endpoints, events, logs, references },
})
