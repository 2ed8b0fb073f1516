import { resource } from '../shared/resource/index.ts'
import { MEMBERS } from '../shared/resource/rules/members.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, status } from '../shared/resource/views/fields.ts'
import { references } from '../shared/resource/views/references.ts'
import { OrganizationMember } from '../shared/schemas/organizationmembers.ts'

/** Roles of people and clients in an organization. */
export default resource(OrganizationMember, {
  ...MEMBERS,
  verbs: ['list', 'get', 'create', 'patch', 'delete', 'watch'],
  views: { status, conditions, events, references },
})
