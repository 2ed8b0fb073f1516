import { resource } from '../shared/resource/resource.ts'
import { Connector } from '../shared/schemas/connectors.ts'

/** EDC control planes. */
export default resource(Connector)
