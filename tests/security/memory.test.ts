/** One tenant's objects are as large as the cluster lets them be; the process must stay small for all others. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeHandler } from '../bench/stand-ins.ts'
import { type Served, startServed } from './served.ts'

const MIB = 1024 * 1024
/** What a container may have. It holds an isolate for each of twenty functions; without a budget one page alone takes more. */
const LIMIT_MIB = 1024
const OBJECTS = 500
const ACME = '/v1/organizations/acme'

const filler = 'x'.repeat(MIB)

function member(index: number): string {
  const metadata = {
    name: `m-${index}`,
    namespace: 'org-acme',
    uid: `m${index}`,
    creationTimestamp: '2026-11-01T00:00:00Z',
  }
  const spec = { subject: { kind: 'User', id: index === 0 ? 'bench' : `u${index}` }, role: 'viewer' }
  const annotations = { filler: filler.slice(0, 240 * 1024) }
  const type = { apiVersion: 'cloud.kaphera.com/v1alpha1', kind: 'OrganizationMember' }
  return JSON.stringify({ ...type, metadata: { ...metadata, annotations }, spec })
}

function connector(index: number): string {
  const name = `edc-${String(index).padStart(4, '0')}`
  const metadata = {
    name,
    namespace: 'org-acme',
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-11-01T00:00:00Z',
  }
  const annotations = { filler }
  const type = { apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Connector' }
  const spec = { version: '0.11.0', vaultRef: { name: index === OBJECTS - 1 ? 'kv' : 'other' } }
  return JSON.stringify({ ...type, metadata: { ...metadata, annotations }, spec })
}

/** Writes pages as the API server does: as many objects as asked for, however large. */
const largeObjects: KubeHandler = async (request, response) => {
  const url = new URL(request.url ?? '', 'http://kube')
  if (url.pathname.endsWith('/vaults/kv')) {
    const metadata = { name: 'kv', namespace: 'org-acme', uid: 'kv' }
    response.end(JSON.stringify({ apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Vault', metadata }))
    return true
  }
  const [, plural = ''] = /^\/apis\/[^/]+\/v1alpha1(?:\/namespaces\/org-acme)?\/(\w+)$/.exec(url.pathname) ?? []
  if (plural === '' || plural === 'organizations') return false
  const make = plural === 'organizationmembers' ? member : connector
  if (plural !== 'organizationmembers' && plural !== 'connectors') {
    response.end('{"metadata":{},"items":[]}')
    return true
  }
  if (make === connector && url.searchParams.has('watch')) {
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    return true
  }
  const all = url.searchParams.has('labelSelector') ? 20 : OBJECTS
  const start = Number(url.searchParams.get('continue') ?? 0)
  const end = Math.min(all, start + Number(url.searchParams.get('limit') ?? all))
  const metadata = {
    resourceVersion: '1',
    ...(end < all && { continue: String(end), remainingItemCount: all - end }),
  }
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.write(`{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`)
  for (let index = start; index < end && !response.destroyed; index += 1) {
    const text = (index === start ? '' : ',') + make(index)
    if (!response.write(text)) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve)
        response.once('close', resolve)
      })
    }
  }
  response.end(']}')
  return true
}

let served: Served
beforeAll(async () => {
  served = await startServed(largeObjects)
})
afterAll(() => served?.stop())

/** The most memory that the process has had, in MiB. */
function peak(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${served.server.pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

async function json(path: string) {
  const response = await served.get(path)
  expect(response.status, path).toBe(200)
  // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
  return (await response.json()) as any
}

/** All pages of a list: the names in them, and how many there were. */
async function walk(query: string): Promise<{ readonly names: string[]; readonly pages: number }> {
  const names: string[] = []
  let pages = 0
  for (let path = `${ACME}/connectors?${query}`; path !== ''; pages += 1) {
    const { items, metadata } = await json(path)
    names.push(...items.map((item: { metadata: { name: string } }) => item.metadata.name))
    path = metadata.continue === undefined ? '' : `${ACME}/connectors?${query}&continue=${metadata.continue}`
  }
  return { names, pages }
}

describe('500 members of 240 KB and 500 connectors of 1 MB', { timeout: 180_000 }, () => {
  it('leave /v1/me to everybody', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => json('/v1/me')))
    expect(answers.map(({ organizations }) => organizations.length)).toEqual(Array(8).fill(1))
  })

  it('are listed whole, in pages that end early', async () => {
    const { names, pages } = await walk('limit=500')
    expect(new Set(names).size).toBe(OBJECTS)
    expect(names).toHaveLength(OBJECTS)
    expect(pages).toBeGreaterThan(50)
  })

  it('are sorted, in pages that end early', async () => {
    const { items, metadata } = await json(`${ACME}/connectors?sort=-metadata.name&limit=500`)
    expect(items[0].metadata.name).toBe('edc-0499')
    expect(items.length).toBeLessThan(10)
    expect(metadata.remainingItemCount).toBe(OBJECTS - items.length)
  })

  it('are listed by several at a time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => served.get(`${ACME}/connectors?limit=500`)))
    // Who does not get a share of the memory in time is told to come again.
    for (const answer of answers) {
      expect([200, 503]).toContain(answer.status)
      if (answer.status === 503) expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
      await answer.arrayBuffer()
    }
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
  })

  it('are looked through for the one that refers to a vault', async () => {
    const { referredToBy } = await json(`${ACME}/vaults/kv/references`)
    expect(referredToBy).toMatchObject([{ plural: 'connectors', name: 'edc-0499' }])
  })

  it('are streamed', async () => {
    const ending = new AbortController()
    const response = await served.get(`${ACME}/connectors`, {
      headers: { Accept: 'text/event-stream' },
      signal: ending.signal,
    })
    let added = 0
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text = text.slice(-20) + decoder.decode(chunk, { stream: true })
      added += text.split('event: ADDED').length - 1
      text = text.replaceAll('event: ADDED', '')
      if (text.includes('event: SYNCED')) break
    }
    ending.abort()
    expect(added).toBe(OBJECTS)
  })

  it('do not keep their memory while streams are open', async () => {
    const ending = new AbortController()
    const headers = { Accept: 'text/event-stream' }
    const open = Array.from({ length: 5 }, async () => {
      const response = await served.get(`${ACME}/connectors?labelSelector=a`, { headers, signal: ending.signal })
      const reader = response.body?.getReader()
      for (let text = ''; !text.includes('event: SYNCED'); ) {
        const chunk = await reader?.read()
        text = text.slice(-20) + new TextDecoder().decode(chunk?.value)
      }
    })
    await Promise.all(open)
    expect((await served.get(`${ACME}/connectors?limit=500`)).status).toBe(200)
    ending.abort()
  })

  it('have not filled the memory', () => {
    console.log(`peak memory of the process: ${peak()} MiB`)
    expect(peak()).toBeLessThan(LIMIT_MIB)
  })
})
