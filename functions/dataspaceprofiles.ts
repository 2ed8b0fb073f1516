import { resource } from '../shared/resource/index.ts'
import { authorityErrors, isDenied } from '../shared/resource/rules/profiles.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, fieldsView, status } from '../shared/resource/views/fields.ts'
import { references, referrersView } from '../shared/resource/views/references.ts'
import { DataspaceProfile } from '../shared/schemas/dataspaceprofiles.ts'

const deployments = fieldsView('Where the profile is deployed', { deployments: 'status.deployments' })

const memberships = referrersView(
  'Memberships of the dataspace, including those of other organizations',
  'dataspacememberships',
  {
    foreign: true,
  },
)

/** Dataspaces: protocol version, trust, onboarding. */
export default resource(DataspaceProfile, {
  views: { status, conditions, deployments, memberships, events, references },
  check: authorityErrors,
  mayDangle: isDenied,
})
