/**
 * Two releases side by side on a real Knative: from the previous release to this one and back, in two steps each, under load and with
 * clients that go on with what the other release gave them. The tests depend on each other in this order.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Follower } from '../cluster/harness/follower.ts'
import { waitFor } from '../cluster/harness/processes.ts'
import { samples } from '../contract/samples.ts'
import { underLoad } from '../load/under-load.ts'
import { say } from './figures.ts'
import { checkOut, type Product, type Release, Sources, startLocalIssuer, startProduct } from './product.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Json = any

const MINUTE = 60_000
/** The previous release: the last commit of 0.1.0. */
const BEFORE = process.env.RELEASE_BEFORE ?? '634dcbe'
/** Replaced first, while the gateway and all others stay with the other release. */
const FIRST = ['connectors', 'vaults', 'participants']
const ADDRESSES = [...FIRST.map((kind) => `/v1/organizations/acme/${kind}`), '/v1/cells', '/v1/me', '/capabilities']
const UNCHANGED_FIRST = ['/v1/organizations/acme/identityhubs', '/v1/organizations/acme/dataplanes']
const STREAM = '/v1/organizations/acme/vaults'
const STORED = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/vaults'
const NAMES = Array.from({ length: 6 }, (_, index) => `upgrade-${index}`)
/** Milliseconds that a connection of the stream lasts, and between two changes that it reports. */
const CUT_MS = 2_000
const CHANGE_MS = 500
/** Requests a second of each of the two loads. */
const RATE = 15

let product: Product
let before: Awaited<ReturnType<typeof checkOut>>
let now: Sources

beforeAll(async () => {
  product = await startProduct(startLocalIssuer)
  before = await checkOut(BEFORE)
  now = new Sources('now')
  await product.release(before)
  await product.release(now)
  const sample = (await samples()).find(({ plural }) => plural === 'vaults')
  for (const name of NAMES) {
    const { apiVersion, kind, spec } = sample ?? {}
    const metadata = { name, labels: { upgrade: 'yes' } }
    await product.kube.json('POST', STORED, { apiVersion, kind, metadata, spec })
  }
}, 20 * MINUTE)

afterAll(async () => {
  before?.remove()
  now?.remove()
  await product?.stop()
}, 3 * MINUTE)

it('begins with the previous release', { timeout: 15 * MINUTE }, async () => {
  const { code, output, seconds } = await product.deploy(before, '--timeout', '300')
  expect(code, output).toBe(0)
  say(`first deployment of ${BEFORE}: ${seconds.toFixed(1)} s`)
})

it.each<[what: string, release: () => Release, only: readonly string[], sorted: number]>([
  ['three kinds of this release behind the previous gateway', () => now, FIRST, 410],
  ['all functions of this release', () => now, [], 200],
  // 0.1.0 says so of each token that it cannot read.
  ['three kinds of the previous release behind this gateway', () => before, FIRST, 400],
  ['all functions of the previous release', () => before, [], 200],
])('%s: no request fails, and clients go on', { timeout: 20 * MINUTE }, async (what, release, only, sorted) => {
  const opened = await open()
  const disturbed = await whileUsed(async () => {
    const { code, output, seconds } = await product.deploy(
      release(),
      '--timeout',
      '300',
      ...only.flatMap((name) => ['--only', name]),
    )
    expect(code, output).toBe(0)
    return seconds
  })
  say(`${what}: ${disturbed.summary}`)
  expect(disturbed.faults).toEqual([])
  await goOn(opened, sorted)
})

async function headers(): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await product.tokenOf('acme-owner')}` }
}

/** Sends a request and gives the answer with its body. */
async function send(path: string, init: RequestInit = {}): Promise<{ response: Response; body: Json }> {
  const response = await fetch(product.ingress.url + path, {
    ...init,
    headers: { ...(await headers()), ...init.headers },
  })
  const text = await response.text()
  return { response, body: text === '' ? undefined : JSON.parse(text) }
}

interface Page {
  readonly names: readonly string[]
  /** Token of the next page. */
  readonly continues: string | undefined
}

/** What a client has from one release and uses with the next. */
interface Opened {
  readonly plain: Page
  readonly sorted: Page
  readonly tag: string
}

const PAGE = `${STREAM}?labelSelector=upgrade%3Dyes&limit=2`
const SORTED = `${PAGE}&sort=-metadata.name`

async function open(): Promise<Opened> {
  // 0.1.0 does not mark the tags of compressed answers, and does not know the mark.
  const { response } = await send(`${STREAM}/${NAMES[0]}`, { headers: { 'Accept-Encoding': 'identity' } })
  return { plain: await page(PAGE), sorted: await page(SORTED), tag: response.headers.get('ETag') ?? '' }
}

/**
 * Reads on from the first page, and makes a change and none with the entity tag.
 * @param status - Of the next sorted page. A sorted list of one release has to be started again with the other: 0.1.0 counts objects
 */
async function goOn({ plain, sorted, tag }: Opened, status: number): Promise<void> {
  expect(await namesFrom(PAGE, plain)).toEqual(NAMES)
  if (status === 200) expect(await namesFrom(SORTED, sorted)).toEqual(NAMES.toReversed())
  else expect((await send(next(SORTED, sorted.continues))).response.status).toBe(status)
  const object = `${STREAM}/${NAMES[0]}`
  expect((await send(object, { headers: { 'If-None-Match': tag } })).response.status).toBe(304)
  const patch = (condition: string): ReturnType<typeof send> =>
    send(object, {
      method: 'PATCH',
      headers: { 'If-Match': condition, 'Content-Type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { annotations: { 'example.com/at': `${performance.now()}` } } }),
    })
  const { response, body } = await patch(tag)
  expect(response.status, JSON.stringify(body)).toBe(200)
  expect((await patch(tag)).response.status).toBe(412)
}

async function page(path: string): Promise<Page> {
  const { response, body } = await send(path)
  expect(response.status, JSON.stringify(body)).toBe(200)
  return { names: body.items.map(({ metadata }: Json) => metadata.name), continues: body.metadata.continue }
}

/** The names on a page and on all that follow it. */
async function namesFrom(path: string, { names, continues }: Page): Promise<string[]> {
  if (continues === undefined) return [...names]
  return [...names, ...(await namesFrom(path, await page(next(path, continues))))]
}

function next(path: string, continues = ''): string {
  return `${path}&continue=${encodeURIComponent(continues)}`
}

/** Makes a change while requests are sent, pages are read and a stream is followed. */
async function whileUsed(change: () => Promise<number>): Promise<{ faults: string[]; summary: string }> {
  const address = (path: string): string => product.ingress.url + path
  // Running before the load is counted.
  for (const path of [...ADDRESSES, ...UNCHANGED_FIRST]) expect((await send(path)).response.status, path).toBe(200)
  const left = new AbortController()
  const follower = new Follower({ parts: product, address: address(STREAM), cutMs: CUT_MS })
  const following = follower.follow(left.signal).catch((error) => follower.faults.push(`${error}`))
  await Promise.race([follower.synced, following])
  const isOver = new AbortController()
  const changing = changes(isOver.signal)
  const walking = walks(isOver.signal)

  const load = {
    changing: ADDRESSES.map(address),
    others: UNCHANGED_FIRST.map(address),
    headers: await headers(),
    rate: RATE,
  }
  const { seconds, lost, lostOfOthers, summary } = await underLoad(load, change).finally(() => isOver.abort())
  const [versions, walked] = await Promise.all([changing, walking])
  await waitFor(async () => (versions.every((version) => follower.seen.has(version)) ? true : undefined), {
    what: 'the stream tells every change',
    timeoutMs: MINUTE,
  }).catch((error) => follower.faults.push(`${error}`))
  left.abort()
  await following
  return {
    faults: [...lost, ...lostOfOthers, ...follower.faults, ...walked.faults],
    summary:
      `${seconds.toFixed(1)} s; ${summary}; ${versions.length} changes seen over ${follower.resumptions} resumed streams, ` +
      `${walked.count} walks over pages`,
  }
}

/** Changes an object again and again; gives the versions. */
async function changes(signal: AbortSignal): Promise<string[]> {
  const versions: string[] = []
  while (!signal.aborted) {
    const annotations = { 'example.com/count': `${versions.length}` }
    const body = { metadata: { annotations } }
    const path = `${STORED}/${NAMES.at(-1)}`
    const { metadata } = await product.kube.json<Json>('PATCH', path, body, 'application/merge-patch+json')
    versions.push(metadata.resourceVersion)
    await sleep(CHANGE_MS, undefined, { signal }).catch(() => undefined)
  }
  return versions
}

/** Reads all pages again and again: every object is on exactly one of them. */
async function walks(signal: AbortSignal): Promise<{ count: number; faults: string[] }> {
  const faults: string[] = []
  let count = 0
  for (; !signal.aborted; count += 1) {
    try {
      expect(await namesFrom(PAGE, await page(PAGE))).toEqual(NAMES)
    } catch (error) {
      faults.push(`a walk over pages: ${error}`)
    }
    await sleep(CHANGE_MS, undefined, { signal }).catch(() => undefined)
  }
  return { count, faults }
}
