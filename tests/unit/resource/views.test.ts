import { describe, expect, it, vi } from 'vitest'
import { referrerStates } from '../../../shared/resource/views/reference-lists.ts'
import type { Fetcher } from '../../../shared/runtime/environment.ts'
import { slicesOf } from '../fixtures/slices.ts'
import { FUNCTIONS, type Json, removeMembers, sample, settableClock, type World, world } from '../fixtures/world.ts'

const EDC = '/v1/organizations/acme/connectors/edc'

describe('every kind', () => {
  it.each(Object.keys(FUNCTIONS))('has documented events, references and diagnosis: %s', async (plural) => {
    const { definition } = FUNCTIONS[plural] ?? {}
    expect(definition?.resource?.views).toEqual(expect.arrayContaining(['diagnosis', 'events', 'references', 'status']))
  })

  it.each(Object.keys(FUNCTIONS))('shows all its views for an object without status: %s', async (plural) => {
    const { as, put } = await world()
    const { resource } = FUNCTIONS[plural]?.definition ?? {}
    const isPlatform = resource?.scope === 'platform'
    const name = plural === 'organizations' ? 'acme' : 'x'
    if (name === 'x') await put(plural, isPlatform ? 'platform' : 'acme', sample(plural, 'x'))
    const platform = await as('admin', 'platform')
    const base = isPlatform ? `/v1/${plural}/${name}` : `/v1/organizations/acme/${plural}/x`
    for (const view of resource?.views ?? []) {
      const answer = await platform('GET', `${base}/${view}`)
      expect(`${view} ${answer.status}`).toBe(`${view} ${view === 'logs' ? 404 : 200}`)
      expect((await platform('GET', `${base}/${view}?nonsense=1`)).status).toBe(400)
    }
    expect((await platform('GET', `${base}-none/status`)).status).toBe(404)
  })
})

describe('the view status', () => {
  it('shows fields by name', async () => {
    const { as, put } = await world()
    const endpoints = [{ name: 'protocol', url: 'https://edc.example/dsp', exposure: 'Ingress' }]
    const conditions = [{ type: 'Ready', status: 'True', reason: 'Up', lastTransitionTime: '2026-01-01T00:00:00Z' }]
    await put('connectors', 'acme', {
      ...sample('connectors', 'edc'),
      status: { observedGeneration: 1, endpoints, conditions },
    })
    const viewer = await as('viewer', 'acme')
    expect((await viewer('GET', `${EDC}/endpoints`)).body).toEqual({ endpoints })
    expect((await viewer('GET', `${EDC}/conditions`)).body).toEqual({
      generation: 1,
      observedGeneration: 1,
      conditions,
    })
    expect((await viewer('GET', `${EDC}/status`)).body).toMatchObject({ ready: true, generation: 1, endpoints })
    const yaml = await viewer('GET', `${EDC}/endpoints`, { headers: { Accept: 'application/yaml' } })
    expect(yaml.text).toContain('url: https://edc.example/dsp')
  })
})

describe('the manifest', () => {
  it('can be applied again', async () => {
    const { as } = await world()
    const operator = await as('operator', 'acme')
    const body = sample('connectors', 'edc', {}, { labels: { team: 'a' }, annotations: { note: 'b' } })
    await operator('POST', '/v1/organizations/acme/connectors', { body })
    const manifest = (await operator('GET', `${EDC}/manifest`)).body
    expect(Object.keys(manifest)).toEqual(['apiVersion', 'kind', 'metadata', 'spec'])
    expect(Object.keys(manifest.metadata).sort()).toEqual(['annotations', 'labels', 'name'])
    expect(manifest.metadata).toMatchObject({ name: 'edc', labels: { team: 'a' }, annotations: { note: 'b' } })
    const copy = { ...manifest, metadata: { ...manifest.metadata, name: 'copy' } }
    expect((await operator('POST', '/v1/organizations/acme/connectors', { body: copy })).status).toBe(201)
  })
})

describe('events', () => {
  async function happened({ kube }: World, uid: string, minute: number): Promise<void> {
    const time = `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `e${minute}-${uid.slice(0, 4)}`, namespace: 'org-acme' },
      involvedObject: { uid, kind: 'Connector', name: 'edc', namespace: 'org-acme' },
      type: 'Normal',
      reason: `R${minute}`,
      message: 'happened',
      count: 2,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component: 'operator' },
    }
    const answer = await kube('POST', '/api/v1/namespaces/org-acme/events', { body })
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  }

  it("are the object's own, newest first, as many as asked for", async () => {
    const landscape = await world()
    const { metadata } = await landscape.put('connectors', 'acme', sample('connectors', 'edc'))
    for (const minute of [2, 1, 3]) await happened(landscape, metadata.uid, minute)
    await happened(landscape, crypto.randomUUID(), 4)
    const viewer = await landscape.as('viewer', 'acme')
    const { body } = await viewer('GET', `${EDC}/events`)
    expect(body.items.map(({ reason }: Json) => reason)).toEqual(['R3', 'R2', 'R1'])
    expect(body.items[0]).toEqual({
      type: 'Normal',
      reason: 'R3',
      message: 'happened',
      count: 2,
      firstTime: '2026-01-01T00:03:00Z',
      lastTime: '2026-01-01T00:03:00Z',
      source: 'operator',
    })
    expect((await viewer('GET', `${EDC}/events?limit=1`)).body.items).toHaveLength(1)
    for (const limit of ['0', '501', 'x'])
      expect((await viewer('GET', `${EDC}/events?limit=${limit}`)).status).toBe(400)
  })
})

describe('logs', () => {
  async function pod({ kube }: World, name: string, more: Json = {}): Promise<void> {
    const { instance = 'edc', containers = ['edc'], annotations = {}, labels = {}, spec, containerStatuses } = more
    const { statuses = containerStatuses && { containerStatuses } } = more
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        labels: { 'app.kubernetes.io/instance': instance, ...labels },
        annotations: { 'local.kaphera.com/log': `log of ${name}\n`, ...annotations },
      },
      spec: { containers: containers.map((container: string) => ({ name: container, image: 'x' })), ...spec },
    }
    const answer = await kube('POST', '/api/v1/namespaces/org-acme/pods', { body })
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
    if (statuses === undefined) return
    const status = { ...answer.body, status: statuses }
    const put = await kube('PUT', `/api/v1/namespaces/org-acme/pods/${name}/status`, { body: status })
    if (put.status !== 200) throw new Error(JSON.stringify(put.body))
  }

  async function started(): Promise<World> {
    const landscape = await world()
    await landscape.put('connectors', 'acme', sample('connectors', 'edc'))
    return landscape
  }

  it('are sent for as long as the client takes to read them', async () => {
    const landscape = await world({ between: slowLogs })
    await landscape.put('connectors', 'acme', sample('connectors', 'edc'))
    await pod(landscape, 'edc-1')
    const operator = await landscape.as('operator', 'acme')
    const settings = { KUBE_TIMEOUT_MS: '300' }
    expect(await operator('GET', `${EDC}/logs`, { settings })).toMatchObject({ status: 200, text: 'a line\n' })
  })

  it('are not opened for HEAD, which reads none', async () => {
    const landscape = await started()
    await pod(landscape, 'edc-1')
    const operator = await landscape.as('operator', 'acme')
    landscape.cluster.requests.length = 0
    const answer = await operator('HEAD', `${EDC}/logs?follow=true`)
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(landscape.cluster.requests.filter(({ path }) => path.includes('/log'))).toEqual([])
    expect((await operator('HEAD', `${EDC}/logs?pod=none`)).status).toBe(404)
  })

  it("show the text of the workload's pod", async () => {
    const landscape = await started()
    await pod(landscape, 'edc-1')
    await pod(landscape, 'other-1', { instance: 'other' })
    const operator = await landscape.as('operator', 'acme')
    landscape.cluster.requests.length = 0
    const answer = await operator('GET', `${EDC}/logs`)
    expect(answer).toMatchObject({ status: 200, text: 'log of edc-1\n' })
    expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('Warning')).toBeNull()
    const asked = new URL(landscape.cluster.requests.at(-1)?.path ?? '', 'http://cluster')
    expect(asked.pathname).toBe('/api/v1/namespaces/org-acme/pods/edc-1/log')
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      container: 'edc',
      tailLines: '200',
      limitBytes: '8388608',
    })
  })

  it('are of the participant of the workload only, if the grant is limited to participants', async () => {
    const landscape = await world()
    const spec = { participantRef: { name: 'mine' } }
    await landscape.put('connectors', 'acme', sample('connectors', 'edc', spec))
    const of = (name: string) => ({ labels: { 'cloud.kaphera.com/participant': name } })
    await pod(landscape, 'of-nobody')
    // An identity hub of the same name, say.
    await pod(landscape, 'of-another', of('another'))
    const limited = await landscape.opens('operator', 'acme', { participants: ['mine'] })
    const log = async (query = '') => (await limited('GET', `${EDC}/logs${query}`)).text()
    for (const query of ['', '?pod=of-nobody', '?pod=of-another']) expect(await log(query)).toContain('not_found')
    await pod(landscape, 'of-mine', of('mine'))
    expect(await log()).toBe('log of of-mine\n')
    expect(await log('?pod=of-another')).toContain('its pods are of-mine.')
    expect((await (await landscape.as('operator', 'acme'))('GET', `${EDC}/logs?pod=of-another`)).status).toBe(200)
  })

  it('pass on the parameters', async () => {
    const landscape = await started()
    await pod(landscape, 'edc-1', { containers: ['proxy', 'edc'] })
    const operator = await landscape.as('operator', 'acme')
    await operator('GET', `${EDC}/logs?container=edc&tail=5&since=60&follow=true&timestamps=true`)
    const asked = new URL(landscape.cluster.requests.at(-1)?.path ?? '', 'http://cluster')
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      container: 'edc',
      tailLines: '5',
      sinceSeconds: '60',
      follow: 'true',
      timestamps: 'true',
    })
  })

  it.each(['follow', 'previous', 'timestamps'])('take %s=false as if it were absent', async (flag) => {
    const landscape = await started()
    await pod(landscape, 'edc-1')
    const operator = await landscape.as('operator', 'acme')
    expect(await operator('GET', `${EDC}/logs?${flag}=false`)).toMatchObject({ status: 200, text: 'log of edc-1\n' })
    expect(landscape.cluster.requests.at(-1)?.path).not.toContain(flag)
  })

  it('show what a container wrote before its last restart', async () => {
    const landscape = await started()
    const containerStatuses = [{ name: 'edc', state: { running: {} }, lastState: { terminated: { exitCode: 1 } } }]
    await pod(landscape, 'edc-1', { annotations: { 'local.kaphera.com/previous-log': 'a crash\n' }, containerStatuses })
    const operator = await landscape.as('operator', 'acme')
    expect(await operator('GET', `${EDC}/logs?previous=true`)).toMatchObject({ status: 200, text: 'a crash\n' })
    expect(await operator('GET', `${EDC}/logs`)).toMatchObject({ status: 200, text: 'log of edc-1\n' })
  })

  it.each([
    ['?previous=true', { running: {} }, 'The container edc has not been restarted, so it has no previous log.'],
    [
      '',
      { waiting: { reason: 'ImagePullBackOff' } },
      'The container edc has not started (ImagePullBackOff), so it has no log.',
    ],
    ['', { waiting: { reason: '<b>' } }, 'The container edc has not started, so it has no log.'],
  ])('are not found before there is one: %s', async (query, state, detail) => {
    const landscape = await started()
    await pod(landscape, 'edc-1', { containerStatuses: [{ name: 'edc', state }] })
    const answer = await (await landscape.as('operator', 'acme'))('GET', `${EDC}/logs${query}`)
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found', detail } })
    expect(landscape.cluster.requests.filter(({ path }) => path.includes('/log?'))).toEqual([])
  })

  it('of init and ephemeral containers can be read', async () => {
    const landscape = await started()
    const waiting = { state: { waiting: { reason: 'PodInitializing' } } }
    const image = 'x'
    await pod(landscape, 'edc-1', {
      spec: {
        initContainers: [
          { name: 'migrate', image },
          { name: 'late', image },
        ],
        ephemeralContainers: [{ name: 'debugger', image }],
      },
      statuses: {
        initContainerStatuses: [
          { name: 'migrate', state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: {} } },
          { name: 'late', ...waiting },
        ],
        containerStatuses: [{ name: 'edc', ...waiting }],
        ephemeralContainerStatuses: [{ name: 'debugger', state: { running: {} } }],
      },
    })
    const operator = await landscape.as('operator', 'acme')
    const log = async (query: string) => {
      const { status, body, text } = await operator('GET', `${EDC}/logs${query}`)
      return [status, body?.detail ?? text]
    }
    for (const name of ['migrate', 'debugger']) expect(await log(`?container=${name}`)).toEqual([200, 'log of edc-1\n'])
    const asked = new URL(landscape.cluster.requests.at(-1)?.path ?? '', 'http://cluster')
    expect(asked.searchParams.get('container')).toBe('debugger')
    const [late, edc] = ['late', 'edc'].map(
      (name) => `The container ${name} has not started (PodInitializing), so it has no log.`,
    )
    expect(await log('?container=late')).toEqual([404, late])
    expect(await log('')).toEqual([404, edc])
    const previous = 'The container debugger has not been restarted, so it has no previous log.'
    expect(await log('?container=debugger&previous=true')).toEqual([404, previous])
    const others = 'The pod has no container of this name; its containers are edc, migrate, late, debugger.'
    expect(await log('?container=none')).toEqual([404, others])
  })

  it('of a container that keeps failing are those of its last attempt', async () => {
    const landscape = await started()
    const state = { waiting: { reason: 'CrashLoopBackOff' } }
    await pod(landscape, 'edc-1', { containerStatuses: [{ name: 'edc', state, lastState: { terminated: {} } }] })
    const operator = await landscape.as('operator', 'acme')
    expect(await operator('GET', `${EDC}/logs`)).toMatchObject({ status: 200, text: 'log of edc-1\n' })
  })

  it.each([
    ['the token expires', 10, async () => undefined],
    ['the caller is no longer a member', 300, removeMembers],
  ])('end a followed log when %s', async (_, seconds, act) => {
    const setForward = settableClock()
    const landscape = await started()
    await pod(landscape, 'edc-1')
    const left = Promise.withResolvers<void>()
    const settings = { KUBE: endlessLogs(landscape, left.resolve) }
    const open = await landscape.opens('operator', 'acme')
    const claims = { exp: Math.floor(Date.now() / 1000) + seconds }
    const response = await open('GET', `${EDC}/logs?follow=true`, { claims, settings })
    expect(response.status).toBe(200)
    await act(landscape)
    await setForward(15_000)
    expect(await response.text()).toBe('a line\n')
    await left.promise
  })

  it('take turns with other work of the process, part by part', async () => {
    const landscape = await started()
    await pod(landscape, 'edc-1')
    const [asked, turn] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()]
    const event = (length: number): Promise<void> => {
      asked.resolve(length)
      return turn.promise
    }
    const of = vi.fn(() => slicesOf({ event }))
    const open = await landscape.opens('operator', 'acme')
    const response = await open('GET', `${EDC}/logs`, { settings: { SLICES: { of } } })
    const onText = vi.fn()
    const read = response.text().then(onText)
    expect(await asked.promise).toBe('log of edc-1\n'.length)
    expect(onText).not.toHaveBeenCalled()
    turn.resolve()
    await read
    expect(onText).toHaveBeenCalledWith('log of edc-1\n')
    expect(of).toHaveBeenCalledWith(expect.stringContaining('acme-operator'))
  })

  it('use one of several pods, which is named, or the requested pod', async () => {
    const landscape = await started()
    await pod(landscape, 'edc-1')
    await pod(landscape, 'edc-2')
    const operator = await landscape.as('operator', 'acme')
    const some = await operator('GET', `${EDC}/logs`)
    expect(some.headers.get('Warning')).toMatch(
      /^299 - "This is the log of the pod edc-\d; the other pods are edc-\d"$/,
    )
    expect((await operator('GET', `${EDC}/logs?pod=edc-2`)).text).toBe('log of edc-2\n')
  })

  it.each([
    ['tail=5001', '?tail'],
    ['tail=-1', '?tail'],
    ['since=0', '?since'],
    ['follow=yes', '?follow'],
    ['container=-', '?container'],
    ['pod=..', '?pod'],
    ['previous=', '?previous'],
    ['timestamps=TRUE', '?timestamps'],
    ['sinceTime=now', '?sinceTime'],
  ])('refuse %s', async (query, pointer) => {
    const landscape = await started()
    await pod(landscape, 'edc-1')
    await pod(landscape, 'other-1', { instance: 'other' })
    const answer = await (await landscape.as('operator', 'acme'))('GET', `${EDC}/logs?${query}`)
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } })
    expect(landscape.cluster.requests.filter(({ path }) => path.includes('/log?'))).toEqual([])
  })

  it.each([
    ['container=none', 'The pod has no container of this name; its containers are edc.'],
    ['pod=other-1', 'The workload has no pod of this name; its pods are edc-1.'],
  ])('are not found for %s', async (query, detail) => {
    const landscape = await started()
    await pod(landscape, 'edc-1')
    await pod(landscape, 'other-1', { instance: 'other' })
    const answer = await (await landscape.as('operator', 'acme'))('GET', `${EDC}/logs?${query}`)
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found', detail } })
    expect(landscape.cluster.requests.filter(({ path }) => path.includes('/log?'))).toEqual([])
  })
})

describe("the list of an object's referrers", () => {
  it('includes their state', async () => {
    const { as, put } = await world()
    await put('vaults', 'acme', sample('vaults', 'kv'))
    const connector = sample('connectors', 'edc', { vaultRef: { name: 'kv' } })
    await put('connectors', 'acme', { ...connector, status: { phase: 'Pending' } })
    const viewer = await as('viewer', 'acme')
    expect((await viewer('GET', '/v1/organizations/acme/vaults/kv/consumers')).body).toEqual({
      items: [
        {
          plural: 'connectors',
          kind: 'Connector',
          organization: 'acme',
          name: 'edc',
          field: 'spec.vaultRef',
          phase: 'Pending',
          ready: false,
        },
      ],
      hidden: 0,
    })
  })

  it('looks for what the caller may see once, however many there are', async () => {
    const organizations = vi.fn(async () => [])
    const connectors = Array.from({ length: 50 }, (_, index) => {
      const connector = sample('connectors', `edc-${index}`, { vaultRef: { name: 'kv' } })
      return { ...connector, metadata: { ...connector.metadata, namespace: 'org-acme' } }
    })
    const call = {
      env: {},
      request: {},
      authorizer: { organizations, platform: () => ({ role: 'platform-admin' }) },
      functionKube: {
        objects: () => ({
          each: async function* () {
            yield* connectors
          },
        }),
      },
    }
    const collection = { call, resource: { plural: 'vaults' } } as unknown as Parameters<typeof referrerStates>[0]
    const vault = { metadata: { name: 'kv', namespace: 'org-acme' } } as Parameters<typeof referrerStates>[1]
    const { items, hidden } = await referrerStates(collection, vault, ['connectors'])
    expect([items.length, hidden]).toEqual([50, 0])
    expect(items[7]).toMatchObject({ name: 'edc-7', phase: null, ready: false })
    expect(organizations).toHaveBeenCalledTimes(1)
  })

  it('includes all that belong to the object', async () => {
    const { as, put } = await world()
    await put('participants', 'acme', sample('participants', 'ada'))
    const spec = { participantRef: { name: 'ada' } }
    await put('dataspacememberships', 'acme', sample('dataspacememberships', 'join', spec))
    await put('dataspacememberships', 'globex', sample('dataspacememberships', 'join', spec))
    const viewer = await as('viewer', 'acme')
    const { body } = await viewer('GET', '/v1/organizations/acme/participants/ada/memberships')
    expect(body.items).toMatchObject([{ kind: 'DataspaceMembership', metadata: { namespace: 'org-acme' } }])
  })
})

/** The cluster, except that a log takes longer than its headers may take. It breaks off when the request is aborted. */
function slowLogs(direct: Fetcher): Fetcher {
  return {
    async fetch(input, init) {
      const request = new Request(input, init)
      if (!new URL(request.url).pathname.endsWith('/log')) return direct.fetch(request)
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          request.signal.addEventListener('abort', () => controller.error(request.signal.reason))
          setTimeout(() => {
            if (request.signal.aborted) return
            controller.enqueue(new TextEncoder().encode('a line\n'))
            controller.close()
          }, 600)
        },
      })
      return new Response(body)
    },
  }
}

/** The cluster, except that logs send a line and stay open. */
function endlessLogs({ cluster }: World, onCancel: () => void) {
  return {
    async fetch(input: Request | string, init?: RequestInit): Promise<Response> {
      const request = new Request(input, init)
      const { pathname, search } = new URL(request.url)
      if (!pathname.endsWith('/log')) return fetch(cluster.url + pathname + search, { headers: request.headers })
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode('a line\n')),
        cancel: onCancel,
      })
      return new Response(stream)
    },
  }
}
