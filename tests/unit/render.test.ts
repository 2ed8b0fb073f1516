/** What an installation consists of, and what a change of the sources changes of it. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Build, buildAll } from '../../infra/bundle/build.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import type { Manifest } from '../../infra/knative/objects.ts'
import { type Form, render, toYaml } from '../../infra/knative/render.ts'
import { type InstallValues, readNamespace, readValues, ValuesError } from '../../infra/knative/values.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Json = any

/** Milliseconds that two builds may take on a busy machine. */
const BUILD_MS = 120_000
const IMAGE = `registry.example/kaphera-cloud-server@sha256:${'1'.repeat(64)}`
const NEXT_IMAGE = `registry.example/kaphera-cloud-server@sha256:${'2'.repeat(64)}`
const SETTINGS = [
  'publicUrl=https://api.example.com',
  'oidc.issuer=https://id.example.com/realms/kaphera',
  'oidc.audience=kaphera-cloud',
]

const values = (...more: string[]): Promise<InstallValues> => readValues([], [`image=${IMAGE}`, ...SETTINGS, ...more])

/** A copy of functions/ and shared/ that can be changed; its build. */
class Sources {
  readonly directory: string
  constructor(directory: string) {
    this.directory = directory
  }

  static async copy(): Promise<Sources> {
    const directory = await mkdtemp(join(tmpdir(), 'kaphera-sources-'))
    for (const part of ['functions', 'shared']) {
      await cp(join(PROJECT, part), join(directory, part), {
        recursive: true,
        filter: (file) => !/tsconfig[.].*$/.test(file),
      })
    }
    await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'))
    return new Sources(directory)
  }

  build(): Promise<Build> {
    return buildAll({ functions: join(this.directory, 'functions'), out: join(this.directory, 'dist') })
  }

  /** Builds with one file changed, and puts the file back. */
  async buildWith(file: string, change: (text: string) => string): Promise<Build> {
    const path = join(this.directory, file)
    const before = await readFile(path, 'utf8')
    const after = change(before)
    if (after === before) throw new Error(`${file} was not changed`)
    await writeFile(path, after)
    try {
      return await this.build()
    } finally {
      await writeFile(path, before)
    }
  }

  /** The functions whose bundle has code of a file, by their source maps. */
  async bundling(file: string): Promise<string[]> {
    const functions = join(this.directory, 'dist', 'functions')
    const maps = (await readdir(functions, { recursive: true })).filter((path) => path.endsWith('.map'))
    const names = await Promise.all(
      maps.map(async (path) => {
        const { sources }: { sources: string[] } = JSON.parse(await readFile(join(functions, path), 'utf8'))
        return sources.some((source) => source.endsWith(file)) ? (path.split('/')[0] ?? '').replace(/[.].*$/, '') : []
      }),
    )
    return [...new Set(names.flat())].sort()
  }
}

let sources: Sources
let before: Build

beforeAll(async () => {
  sources = await Sources.copy()
  before = await sources.build()
}, BUILD_MS)
afterAll(() => rm(sources.directory, { recursive: true, force: true }))

async function changed(after: Build): Promise<string[]> {
  const installation = await values()
  const old = new Map(render(before, installation, 'knative').map((object) => [key(object), toYaml([object])]))
  return render(after, installation, 'knative')
    .filter((object) => old.get(key(object)) !== toYaml([object]))
    .map(key)
}

function key({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`
}

function services(objects: readonly Manifest[]): Map<string, Json> {
  return new Map(
    objects
      .filter(({ apiVersion }) => apiVersion === 'serving.knative.dev/v1')
      .map((service) => [service.metadata.name, (service as Json).spec.template]),
  )
}

describe('a changed line', { timeout: BUILD_MS }, () => {
  it('of a function changes its Service alone', async () => {
    const after = await sources.buildWith('functions/connectors.ts', (text) => `${text}\nglobalThis.changed = true\n`)
    expect(await changed(after)).toEqual(['Service connectors'])
  })

  it('that is a comment changes nothing, wherever it is', async () => {
    const comment = (text: string): string => `// a comment\n${text}\n/* and another */\n`
    expect(await changed(await sources.buildWith('functions/connectors.ts', comment))).toEqual([])
    expect(await changed(await sources.buildWith('shared/server/serve.ts', comment))).toEqual([])
  })

  it('of shared code changes the Services of the functions that bundle it', async () => {
    const file = 'shared/resource/views/logs.ts'
    const bundling = await sources.bundling(file)
    expect(bundling).toContain('connectors')
    expect(bundling.length).toBeLessThan(before.bundles.length)
    const after = await sources.buildWith(file, (text) => text.replace(/'pods'/, `'pods' + ''.repeat(Date.now())`))
    expect(await changed(after)).toEqual(bundling.map((name) => `Service ${name}`))
  })

  it('of what a function says about itself also changes those that show it', async () => {
    const after = await sources.buildWith('functions/connectors.ts', (text) =>
      text.replace('restart, scale }', 'restart }'),
    )
    expect(await changed(after)).toEqual(
      ['apply', 'capabilities', 'connectors', 'gateway', 'me', 'openapi'].map((name) => `Service ${name}`),
    )
  })
})

describe('an unchanged function', { timeout: BUILD_MS }, () => {
  it('keeps its image and revision when the last release is named, and a changed one does not', async () => {
    const released = render(before, await values(), 'knative')
    const after = await sources.buildWith('functions/vaults.ts', (text) => `${text}\nglobalThis.changed = true\n`)
    const next = render(after, await values(`image=${NEXT_IMAGE}`), 'knative', released)
    const [old, now] = [services(released), services(next)]
    const moved = [...now].filter(([name, template]) => template.metadata.name !== old.get(name).metadata.name)
    expect(moved.map(([name]) => name)).toEqual(['vaults'])
    expect(now.get('vaults').spec.containers[0].image).toBe(NEXT_IMAGE)
    expect(now.get('cells')).toEqual(old.get('cells'))
  })

  it('gets another revision with other settings: a revision never changes', async () => {
    const [one, other] = [
      services(render(before, await values(), 'knative')),
      services(render(before, await values('corsOrigins=https://console.example.com'), 'knative')),
    ]
    for (const [name, template] of other) expect(template.metadata.name).not.toBe(one.get(name).metadata.name)
  })
})

describe('the Services', () => {
  it('are one for each function, private but for the gateway, each with its account', async () => {
    const objects = render(before, await values(), 'knative')
    const rendered = services(objects)
    expect([...rendered.keys()].sort()).toEqual(before.bundles.map(({ name }) => name))
    for (const [name, template] of rendered) expect(template.spec.serviceAccountName).toBe(name)
    const outside = objects.filter(
      ({ apiVersion, metadata }) =>
        apiVersion === 'serving.knative.dev/v1' &&
        metadata.labels?.['networking.knative.dev/visibility'] !== 'cluster-local',
    )
    expect(outside.map(({ metadata }) => metadata.name)).toEqual(['gateway'])
  })

  it('give the gateway the address and the host of every function', async () => {
    const template = services(render(before, await values('namespace=api'), 'knative')).get('gateway')
    const [{ args, env }] = template.spec.containers
    for (const { name } of before.bundles.filter((bundle) => bundle.name !== 'gateway')) {
      expect(args).toContain(`--external-addr=fn-${name}=${name}.api.svc.cluster.local:80`)
    }
    expect(env).toContainEqual({ name: 'FUNCTION_HOST', value: '{name}.api.svc.cluster.local' })
  })

  it('let a request take longer than a watch does', async () => {
    for (const template of services(render(before, await values(), 'knative')).values()) {
      expect(template.spec.timeoutSeconds).toBeGreaterThan(270)
    }
  })
})

describe('rights', () => {
  const rolesOf = async (form: Form, ...settings: string[]): Promise<Map<string, Json[]>> =>
    new Map(
      render(before, await values(...settings), form)
        .filter(({ kind }) => kind === 'ClusterRole')
        .map(({ metadata, rules }) => [metadata.name, rules as Json[]]),
    )

  it('never name everything, secrets, or the deletion of collections', async () => {
    for (const form of ['knative', 'plain'] as const) {
      for (const rules of (await rolesOf(form)).values()) {
        const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
        for (const word of ['*', 'secrets', 'deletecollection', 'impersonate', 'escalate', 'bind']) {
          expect(words).not.toContain(word)
        }
      }
    }
  })

  it('let nodes be drained, even with one pod', async () => {
    const budget = render(before, await values('replicas=1'), 'plain').find(
      ({ kind }) => kind === 'PodDisruptionBudget',
    )
    expect(budget?.spec).toMatchObject({ maxUnavailable: 1 })
  })

  it('allow impersonation only where the installation asks for it', async () => {
    for (const rules of (await rolesOf('knative', 'kubeIdentity=impersonate')).values()) {
      expect(
        rules
          .filter(({ verbs }) => verbs.includes('impersonate'))
          .flatMap(({ resources }) => resources)
          .sort(),
      ).toEqual([
        'groups',
        'userextras/cloud.kaphera.com/organization',
        'userextras/cloud.kaphera.com/request-id',
        'users',
      ])
    }
  })
})

describe('routes of Gateway API', () => {
  it('lead every path of every function to the ingress of Knative under the host of the function', async () => {
    const objects = render(before, await values('entry=httproute'), 'knative')
    expect(services(objects).has('gateway')).toBe(false)
    const rules: Json[] = objects.filter(({ kind }) => kind === 'HTTPRoute').flatMap(({ spec }) => (spec as Json).rules)
    const functions = before.bundles.filter((bundle) => bundle.name !== 'gateway')
    const matched = (value: string, path: string): boolean[] =>
      // Implementations look for an expression in the whole path, at its beginning, or anywhere.
      [new RegExp(`^(?:${value})$`), new RegExp(`^(?:${value})`), new RegExp(value)].map((way) => way.test(path))
    for (const { name, definition } of functions) {
      for (const route of definition.routes) {
        const path = route.replaceAll(/:\w+/g, 'x')
        const hits = rules.flatMap(({ filters, matches }) =>
          matches
            .filter(({ path: { type, value } }: Json) =>
              type === 'RegularExpression' ? matched(value, path).some(Boolean) : value === path,
            )
            .map(() => filters[0].urlRewrite.hostname),
        )
        expect(hits, `${name} ${route}`).toEqual([`${name}.kaphera-cloud-server.svc.cluster.local`])
      }
    }
  })

  it('leaves what no function serves to one that says so, and ends no stream', async () => {
    const objects = render(before, await values('entry=httproute'), 'knative')
    const rules: Json[] = objects.filter(({ kind }) => kind === 'HTTPRoute').flatMap(({ spec }) => (spec as Json).rules)
    const fallbacks = rules.filter(({ matches }) => matches.some(({ path }: Json) => path.type === 'PathPrefix'))
    expect(fallbacks.map(({ filters }) => filters[0].urlRewrite.hostname)).toEqual([
      'capabilities.kaphera-cloud-server.svc.cluster.local',
    ])
    expect(new Set(rules.map(({ timeouts }) => timeouts.request))).toEqual(new Set(['300s']))
  })

  it('refuses an address as the host of its routes', async () => {
    for (const publicUrl of ['https://192.0.2.1', 'https://[2001:db8::1]:8443']) {
      await expect(values(`publicUrl=${publicUrl}`, 'entry=httproute')).rejects.toThrow(/publicUrl: must have a name/)
      await expect(values(`publicUrl=${publicUrl}`)).resolves.toMatchObject({ publicUrl })
    }
    await expect(values('publicUrl=api.example.com', 'entry=httproute')).rejects.toThrow(/publicUrl: must be an origin/)
  })
})

describe('values', () => {
  it('that are missing or wrong are all named with their rule', async () => {
    const failed = readValues([], ['image=registry.example/x', 'minScale=-1', 'colour=blue'])
    await expect(failed).rejects.toThrow(ValuesError)
    await expect(failed).rejects.toThrow(/image: must be an image with its digest/)
    await expect(failed).rejects.toThrow(/publicUrl: is missing/)
    await expect(failed).rejects.toThrow(/oidc\.issuer: is missing/)
    await expect(failed).rejects.toThrow(/oidc\.audience: is missing/)
    await expect(failed).rejects.toThrow(/minScale: must be a whole number from 0 to 100/)
    await expect(failed).rejects.toThrow(/colour: is not known/)
  })

  it.each([
    ['image=registry.example/server:latest', /image: must be .* not latest/],
    ['publicUrl=https://api.example.com/v1', /publicUrl: must be an origin/],
    ['oidc.issuer=http://id.example.com', /oidc\.issuer: must be an https address/],
    ['oidc.discoveryUrl=http://id.example.com/x', /oidc\.discoveryUrl: must be an https address/],
    ['kubeIdentity=nobody', /kubeIdentity: must be one of function, impersonate, caller/],
    ['rateLimit=600', /rateLimit: must be like 600\/60/],
    ['corsOrigins=*', /corsOrigins: must be origins/],
    ['corsOrigins=https://a.example/', /corsOrigins: must be origins/],
    ['authPolicy={"platformRoles":1}', /authPolicy: AUTH_POLICY is not valid: /],
    ['authPolicy={', /authPolicy: AUTH_POLICY is not JSON/],
    ['networkPolicy=perhaps', /networkPolicy: must be true or false/],
    ['minScale=11', /maxScale: must be at least minScale/],
    ['resources=much', /resources: must be a map/],
  ])('that the functions would refuse are refused before: %s', async (setting, rule) => {
    await expect(values(setting)).rejects.toThrow(rule)
  })

  it('may be of an issuer whose name ends with a slash', async () => {
    const { oidc } = await values('oidc.issuer=https://tenant.example.com/')
    expect(oidc.issuer).toBe('https://tenant.example.com/')
  })

  it('of a file may be written as YAML does: origins as a list, the policy as a map, a quantity as a number', async () => {
    const directory = await mkdtemp(join(tmpdir(), basename('kaphera-values-')))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const file = join(directory, 'values.yaml')
    await writeFile(
      file,
      `corsOrigins: [https://console.example.com, http://localhost:5173]
authPolicy: {platformRoles: [{claim: groups, value: /ops, role: platform-admin}]}
resources: {limits: {cpu: 2}}
`,
    )
    expect(await readValues([file], [`image=${IMAGE}`, ...SETTINGS])).toMatchObject({
      corsOrigins: 'https://console.example.com http://localhost:5173',
      authPolicy: '{"platformRoles":[{"claim":"groups","value":"/ops","role":"platform-admin"}]}',
      resources: { limits: { cpu: '2' } },
    })
  })

  it('of which only the namespace is needed may be incomplete', async () => {
    expect(await readNamespace([], [])).toBe('kaphera-cloud-server')
    expect(await readNamespace([], ['namespace=other', 'colour=blue'])).toBe('other')
    await expect(readNamespace([], ['namespace=Other'])).rejects.toThrow(/namespace: must be a DNS label/)
  })

  it('are taken from files, later ones first, and from settings before files', async () => {
    const directory = await mkdtemp(join(tmpdir(), basename('kaphera-values-')))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    await writeFile(join(directory, 'a.yaml'), 'namespace: one\nresources: {limits: {memory: 1Gi}}\n')
    await writeFile(join(directory, 'b.yaml'), 'namespace: two\nresources: {limits: {cpu: "2"}}\n')
    const read = await readValues(
      [join(directory, 'a.yaml'), join(directory, 'b.yaml')],
      [`image=${IMAGE}`, ...SETTINGS, 'maxScale=3'],
    )
    expect(read).toMatchObject({ namespace: 'two', maxScale: 3, resources: { limits: { memory: '1Gi', cpu: '2' } } })
  })
})
