import { resume, suspend } from '../shared/resource/actions/suspend.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, fieldsView, status } from '../shared/resource/views/fields.ts'
import { references } from '../shared/resource/views/references.ts'
import { DigitalTwinRegistryTenant } from '../shared/schemas/digitaltwinregistrytenants.ts'

const usage = fieldsView('How much of the quota is used', { quota: 'spec.quota', usage: 'status.usage' })

/** Tenants of digital twin registries, one per participant. */
export default resource(DigitalTwinRegistryTenant, {
  actions: { suspend, resume },
  views: { status, conditions, usage, events, references },
})
