/**
 * Objects as large as the API server takes.
 */
import type { FaultCase } from '../run.ts'
import { ask, COLLECTION, manifest, STORED } from '../traffic.ts'

const OBJECTS = 500
/** Bytes that annotations may have together, with room for their names and for the other annotations. */
const ANNOTATION_BYTES = 250 * 1024
/** Settings, and bytes of each, that the CRD allows, with room for the settings that all objects have. */
const SETTINGS = 60
const SETTING_BYTES = 2048
const KIB = Math.floor((ANNOTATION_BYTES + SETTINGS * SETTING_BYTES) / 1024)
/** Their label: they are not in the stream of the other clients. */
const SELECTOR = 'example.com/faults=large'
/** Objects that are made at the same time. */
const PARALLEL = 4

/** An object that is as large as annotations and the CRD allow. */
function largest(name: string): object {
  const text = 'x'.repeat(SETTING_BYTES)
  const object = manifest(name, name, text, SELECTOR)
  const settings = Array.from({ length: SETTINGS }, (_, index) => [`edc.text${index}`, text])
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { 'example.com/text': 'x'.repeat(ANNOTATION_BYTES) } },
    spec: { ...object.spec, config: { ...object.spec.config, ...Object.fromEntries(settings) } },
  }
}

/** Faults of size. */
export const LARGE: readonly FaultCase[] = [
  {
    name: `${OBJECTS} objects of ${KIB} KiB, listed with limit=${OBJECTS}`,
    allowed: ['503 overloaded', '503 cluster_unavailable', '504 deadline_exceeded'],
    disturb: async (stage) => {
      const { admin } = stage.parts.apiServer
      const prefix = `${stage.id}-large-`
      let next = 0
      const make = async (): Promise<void> => {
        while (next < OBJECTS) {
          const name = `${prefix}${next++}`
          await admin.json('POST', STORED, largest(name))
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
