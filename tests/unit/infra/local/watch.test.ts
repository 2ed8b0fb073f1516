/** The end of a watch of the embedded cluster. */
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Kind } from '../../../../infra/local/cluster/kind.ts'
import type { Store } from '../../../../infra/local/cluster/store.ts'
import { type WatchLine, watch } from '../../../../infra/local/cluster/watch.ts'

it('is the last that a client gets, however long its connection stays open', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const unsubscribe = vi.fn()
  const store = { version: 7, list: () => [], subscribe: () => unsubscribe } as unknown as Store
  const kind = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' } as Kind
  const sent: string[] = []
  watch(
    store,
    kind,
    undefined,
    new URLSearchParams('allowWatchBookmarks=true&timeoutSeconds=90'),
  )({
    send: ({ type }: WatchLine) => void sent.push(type),
    end: () => void sent.push('end'),
  })
  vi.advanceTimersByTime(600_000)
  expect(sent).toEqual(['BOOKMARK', 'BOOKMARK', 'end'])
  expect(unsubscribe).toHaveBeenCalledOnce()
})
