import { resource } from '../shared/resource/index.ts'
import { events } from '../shared/resource/views/events.ts'
import { conditions, fieldsView, status } from '../shared/resource/views/fields.ts'
import { references } from '../shared/resource/views/references.ts'
import { Cell } from '../shared/schemas/cells.ts'

const capacity = fieldsView('Capacity of the cell, and how much of it is used', {
  cordoned: 'spec.cordoned',
  capacity: 'spec.capacity',
  usage: 'status.usage',
})

/** Deployment zones. */
export default resource(Cell, { views: { status, conditions, capacity, events, references } })
