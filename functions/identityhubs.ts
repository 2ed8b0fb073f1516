import { restart } from '../shared/resource/actions/restart.ts'
import { scale } from '../shared/resource/actions/scale.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, endpoints, status } from '../shared/resource/views/fields.ts'
import { logs } from '../shared/resource/views/logs.ts'
import { references, referrerStatesView } from '../shared/resource/views/references.ts'
import { IdentityHub } from '../shared/schemas/identityhubs.ts'

const participants = referrerStatesView('Participants that keep their identity in the hub', ['participants'])

/** Credential services, token services and DID hosts. */
export default resource(IdentityHub, {
  actions: { restart, scale },
  views: { status, conditions, endpoints, participants, events, logs, references },
})
