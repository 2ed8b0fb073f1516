/**
 * Objects as large as the API server takes.
 */
import type { FaultCase } from '../run.ts'
import { ask, COLLECTION, manifest, STORED } from '../traffic.ts'

const OBJECTS = 500
const MIB = 1024 * 1024
/** Their label: they are not in the stream of the other clients. */
const SELECTOR = 'example.com/faults=large'
/** Objects that are made at the same time. */
const PARALLEL = 4

/** Faults of size. */
export const LARGE: readonly FaultCase[] = [
  {
    name: `${OBJECTS} objects of 1 MiB, listed with limit=${OBJECTS}`,
    allowed: ['503 overloaded', '503 cluster_unavailable', '504 deadline_exceeded'],
    disturb: async (stage) => {
      const { admin } = stage.parts.apiServer
      const prefix = `${stage.id}-large-`
      let next = 0
      const make = async (): Promise<void> => {
        while (next < OBJECTS) {
          const name = `${prefix}${next++}`
          await admin.json('POST', STORED, manifest(name, name, 'x'.repeat(MIB), SELECTOR))
        }
      }
      await Promise.all(Array.from({ length: PARALLEL }, make))
      const seen = new Set<string>()
      for (let page = '', isLast = false; !isLast; ) {
        const { status, body } = await ask(stage, `${COLLECTION}?labelSelector=${SELECTOR}&limit=${OBJECTS}${page}`)
        if (status !== 200) continue
        for (const { metadata } of body.items) seen.add(metadata.name)
        const token: string | undefined = body.metadata?.continue
        isLast = token === undefined || token === ''
        page = `&continue=${encodeURIComponent(token ?? '')}`
      }
      const large = [...seen].filter((name) => name.startsWith(prefix)).length
      if (large !== OBJECTS) throw new Error(`${large} of ${OBJECTS} objects were listed`)
    },
  },
]
