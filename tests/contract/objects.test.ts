import { describeObjects } from './objects.ts'
import { samples } from './samples.ts'

describeObjects(await samples(), ['dspdataplanes', 'digitaltwinregistries'])
