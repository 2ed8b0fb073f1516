import { activate, deactivate, rotateKey } from '../shared/resource/actions/participant.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, fieldsView, status } from '../shared/resource/views/fields.ts'
import { references, referrersView } from '../shared/resource/views/references.ts'
import { Participant } from '../shared/schemas/participants.ts'

const credentials = fieldsView('Metadata of the credentials that the participant holds', {
  credentials: 'status.credentials',
})

const did = fieldsView('The DID and whether it is published', { did: 'status.did', state: 'status.didState' })

const keys = fieldsView('Keys: desired and observed', { keys: 'spec.keys', keyPairs: 'status.keyPairs' })

const memberships = referrersView('Memberships of the participant', 'dataspacememberships')

/** Identities in dataspaces. */
export default resource(Participant, {
  actions: { activate, deactivate, 'rotate-key': rotateKey },
  views: { status, conditions, did, keys, credentials, memberships, events, references },
})
