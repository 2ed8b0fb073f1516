/** The stand-in operators, while others write. */
import { expect, it } from 'vitest'
import { behavior } from '../../../../infra/local/operators/behavior.ts'
import { type KubeApi, KubeError } from '../../../../infra/local/operators/client.ts'
import type { KubeObject, Status } from '../../../../infra/local/operators/object.ts'
import { Reconciler } from '../../../../infra/local/operators/reconciler.ts'
import { createWriter } from '../../../../infra/local/operators/writes.ts'

interface Written {
  readonly metadata?: { readonly resourceVersion?: string }
  readonly status?: Status
  readonly message?: string
}

it('report a phase once, even if the object is looked at again before the change arrives', async () => {
  const events: (string | undefined)[] = []
  let version = 1
  const reconciler = new Reconciler({
    behavior: behavior({ kind: 'Connector', finalizer: false }),
    writer: createWriter({ send } as unknown as KubeApi, 'connectors'),
    surroundings: { find: () => undefined, all: () => [], controlledBy: () => [], installed: () => true },
    times: { dwell: () => 60_000, retry: 60_000 },
    poke: () => {},
    log: (message) => events.push(message),
  })

  function object(status?: Status): KubeObject {
    const metadata = { name: 'edc', uid: 'edc', generation: 1, resourceVersion: String(version) }
    return { apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Connector', metadata, ...(status && { status }) }
  }

  /** An API server that notifies late of changes. */
  async function send(method: string, _path: string, { metadata, status, message }: Written): Promise<unknown> {
    if (method === 'POST') {
      events.push(message)
      return {}
    }
    const known = metadata?.resourceVersion ?? String(version)
    if (known !== String(version)) throw new KubeError(409, 'has been changed')
    version++
    const changed = object(status)
    // An object that this one affects or depends on has changed.
    if (version === 2) reconciler.poke('edc')
    setTimeout(() => reconciler.changed(changed), 50)
    return changed
  }

  reconciler.changed(object())
  await expect.poll(() => [...reconciler.objects][0]?.status?.phase).toBe('Pending')
  reconciler.stop()
  expect(events).toEqual(['Connector entered phase Pending'])
})
