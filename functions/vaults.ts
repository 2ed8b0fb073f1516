import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, status } from '../shared/resource/views/fields.ts'
import { logs } from '../shared/resource/views/logs.ts'
import { references, referrerStatesView } from '../shared/resource/views/references.ts'
import { Vault } from '../shared/schemas/vaults.ts'

const consumers = referrerStatesView('Objects that keep their secrets in the vault')

/** Secret stores. */
export default resource(Vault, { views: { status, conditions, consumers, events, logs, references } })
