import { resource } from '../shared/resource/index.ts'
import { ORGANIZATIONS } from '../shared/resource/rules/organizations.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, fieldsView, status } from '../shared/resource/views/fields.ts'
import { members } from '../shared/resource/views/members.ts'
import { references } from '../shared/resource/views/references.ts'
import { Organization } from '../shared/schemas/organizations.ts'

const usage = fieldsView('How much of the quotas is used', { quotas: 'spec.quotas', usage: 'status.usage' })

/** Tenants, each with its own namespace. */
export default resource(Organization, {
  ...ORGANIZATIONS,
  verbs: ['list', 'get', 'create', 'patch', 'delete', 'watch'],
  views: { status, conditions, usage, members, events, references },
})
