import { uniqueName } from './client.ts'
import { describeMatrix } from './describe-matrix.ts'
import { readMatrix } from './matrix.ts'
import { samples } from './samples.ts'

const name = uniqueName('matrix')

describeMatrix({
  matrix: readMatrix(),
  kinds: await samples(),
  name,
  specs: {
    // No more than the integrator has.
    organizations: {
      parentRef: { name: 'integrator' },
      deploymentModes: ['Shared'],
      quotas: { connectors: 1, dataPlanes: 1, participants: 1, registryTenants: 1, members: 1 },
    },
    participants: { keys: [{ id: 'key-1', algorithm: 'EdDSA', curve: 'Ed25519' }] },
    // Acme decides on its memberships.
    dataspacememberships: { dataspaceRef: { name } },
  },
})
