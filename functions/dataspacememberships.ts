import {
  approvalErrors,
  approve,
  deny,
  recordTerms,
  revoke,
  suspendMembership,
} from '../shared/resource/actions/membership.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, fieldsView, status } from '../shared/resource/views/fields.ts'
import { references } from '../shared/resource/views/references.ts'
import { DataspaceMembership } from '../shared/schemas/dataspacememberships.ts'

const credentials = fieldsView('State of the credentials of the membership', {
  wanted: 'spec.credentials',
  observed: 'status.credentials',
})

/** Participants' memberships in dataspaces. */
export default resource(DataspaceMembership, {
  verbs: ['list', 'get', 'create', 'patch', 'delete', 'watch'],
  actions: { approve, deny, suspend: suspendMembership, revoke },
  views: { status, conditions, credentials, events, references },
  prepare: recordTerms,
  check: approvalErrors,
})
