/** Members of an organization are as many and as large as its admins like. What is kept of them is bounded. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { CachedLists } from '../../../shared/auth/cached-lists.ts'
import { bytesOf, KEPT_BYTES } from '../../../shared/auth/caching.ts'
import { directoryOf } from '../../../shared/auth/directory.ts'
import type { KubeReader } from '../../../shared/kube/index.ts'
import { environmentOf } from '../fixtures/access.ts'
import { FakeCluster, FakeContext } from '../fixtures/auth.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** Lets the second pass for which everything is kept. */
function passSecond(): void {
  vi.setSystemTime(Date.now() + 1_000)
}

/** The participants of a member, as long as they can be. */
const PARTICIPANTS = Array.from({ length: 64 }, (_, index) => String(index).padEnd(253, 'x'))
const LARGE = PARTICIPANTS.join('').length
/** How many large members fill the cache. */
const MANY = Math.ceil(KEPT_BYTES / LARGE)

/** A directory of organizations with some large members, and the organizations that were read. */
function directory(members: Readonly<Record<string, number>>) {
  const read: string[] = []
  const objects = (_: unknown, namespace = '') => ({
    async get(name: string) {
      if (namespace === 'kaphera-system') read.push(name)
      const organization = name.replace(/^org-/, '')
      return { metadata: { name, labels: { 'cloud.kaphera.com/organization': organization } } }
    },
    async *each() {
      for (let index = 0; index < (members[namespace.replace(/^org-/, '')] ?? 0); index += 1) {
        const subject = { kind: 'User', id: String(index) }
        yield {
          metadata: { name: `m${index}`, namespace },
          spec: { subject, role: 'viewer', participants: PARTICIPANTS },
        }
      }
    },
  })
  const reader = { objects } as unknown as KubeReader
  const found = directoryOf(environmentOf(new FakeCluster()), reader, new FakeContext())
  return { find: (name: string) => found.find(name), read }
}

it('keeps an organization whose members fill the cache for a second only', async () => {
  const { find, read } = directory({ small: 1, large: MANY })
  await find('small')
  for (const _ of ['first', 'again']) {
    const entry = await find('large')
    expect(entry?.members.get(`User id ${MANY - 1}`)).toMatchObject([{ participants: PARTICIPANTS }])
    await find('large')
    passSecond()
  }
  await find('small')
  expect(read).toEqual(['small', 'large', 'large'])
})

it('keeps as many organizations as fit, the smaller ones first', async () => {
  const tenth = Math.floor(MANY / 11)
  const names = Array.from({ length: 20 }, (_, index) => `o${index}`)
  const { find, read } = directory({ small: 1, ...Object.fromEntries(names.map((name) => [name, tenth])) })
  await find('small')
  for (const name of names) await find(name)
  passSecond()
  read.length = 0
  await find('small')
  for (const name of names) await find(name)
  expect(read).not.toContain('small')
  expect(read.length).toBeGreaterThanOrEqual(10)
})

it('keeps a list that is too large for a second only', async () => {
  const lists = new CachedLists<readonly string[], readonly string[]>(10, (list) => list)
  let reads = 0
  const objects = (count: number) => ({
    async *each() {
      reads += 1
      for (let index = 0; index < count; index += 1) yield PARTICIPANTS
    },
  })
  const ask = (labelSelector: string, count: number) =>
    lists.get(objects(count), { labelSelector }, 'ada', new FakeContext())
  for (const _ of ['first', 'again']) {
    expect(await ask('small', 1)).toHaveLength(1)
    expect(await ask('large', MANY)).toHaveLength(MANY)
    expect(await ask('large', MANY)).toHaveLength(MANY)
    passSecond()
  }
  expect(reads).toBe(3)
})

it('counts at least the characters of texts, wherever they are', () => {
  expect(
    bytesOf({ a: ['x'.repeat(100), { b: 'y'.repeat(10) }], c: undefined, d: null, e: 7, f: true }),
  ).toBeGreaterThan(110)
  expect(bytesOf(undefined)).toBeLessThan(100)
})
