import { restart } from '../shared/resource/actions/restart.ts'
import { scale } from '../shared/resource/actions/scale.ts'
import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, endpoints, fieldsView, status } from '../shared/resource/views/fields.ts'
import { logs } from '../shared/resource/views/logs.ts'
import { references } from '../shared/resource/views/references.ts'
import { CredentialIssuer } from '../shared/schemas/credentialissuers.ts'

const definitions = fieldsView('Credentials that can be issued: desired and observed', {
  definitions: 'spec.credentialDefinitions',
  observed: 'status.definitions',
})

const issuance = fieldsView('Numbers of holders, issued credentials and revoked credentials', {
  holders: 'status.holders',
  issued: 'status.issued',
  revoked: 'status.revoked',
})

/** Credential issuers of authorities. */
export default resource(CredentialIssuer, {
  actions: { restart, scale },
  views: {
    status,
    conditions,
    endpoints,
    'credential-definitions': definitions,
    issuance,
    events,
    logs,
    references,
  },
})
