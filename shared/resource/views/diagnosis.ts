/**
 * `diagnosis`: why an object is not ready. Every kind has it.
 */
import type { View } from '../declaration.ts'
import { answer } from './answer.ts'
import { events } from './events.ts'

/**
 * The failing conditions of an object and of what it depends on, and the causes among them. Objects that the caller may not see are
 * only counted.
 */
export const diagnosis: View = {
  summary: 'Why the object is not ready, and where to look first',
  ...(events.rbac && { rbac: events.rbac }),
  async show(collection, object) {
    const { diagnose } = await import('../diagnosis/diagnose.ts')
    return answer(collection.call, await diagnose(collection, object))
  },
  openapi: { $ref: '#/components/schemas/Diagnosis' },
}
