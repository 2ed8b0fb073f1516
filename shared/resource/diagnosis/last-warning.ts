/**
 * The last warning about an object.
 */
import { EVENTS, type KubeClient } from '../../kube/index.ts'
import { describeEvent, type EventDescription, type KubeEvent, newestOf } from '../events.ts'

/** Number of warnings of which the last one is found. */
const WARNINGS = 100

/**
 * The last warning about an object; `null` if there is none.
 * @param kube - Reads with this identity
 */
export async function lastWarning(kube: KubeClient, namespace: string, uid: string): Promise<EventDescription | null> {
  const fieldSelector = `involvedObject.uid=${uid},type=Warning`
  const { items } = await kube.objects<KubeEvent>(EVENTS, namespace).page({ limit: WARNINGS, fieldSelector })
  return newestOf(items.map(describeEvent), 1)[0] ?? null
}
