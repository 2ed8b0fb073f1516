import { restart } from '../shared/resource/actions/restart.ts'
import { scale } from '../shared/resource/actions/scale.ts'
import { resume, suspend } from '../shared/resource/actions/suspend.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, endpoints, status } from '../shared/resource/views/fields.ts'
import { logs } from '../shared/resource/views/logs.ts'
import { manifest } from '../shared/resource/views/manifest.ts'
import { references, referrersView } from '../shared/resource/views/references.ts'
import { Connector } from '../shared/schemas/connectors.ts'

const dataplanes = referrersView('Data planes of the connector, including its own', 'dataplanes')

/** EDC control planes. */
export default resource(Connector, {
  actions: { suspend, resume, restart, scale },
  views: { status, conditions, endpoints, dataplanes, events, logs, manifest, references },
})
