/** The objects of an installation, and how changes of the sources change them. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Build, buildAll } from '../../../../infra/bundle/build.ts'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import type { Manifest } from '../../../../infra/knative/objects.ts'
import { readPrevious, render, renderCommand, toYaml } from '../../../../infra/knative/render.ts'
import type { Form } from '../../../../infra/knative/values/form.ts'
import { type InstallValues, readNamespace, readValues, ValuesError } from '../../../../infra/knative/values.ts'
import { built } from '../../../built.ts'
import { editionIn } from '../../fixtures/build.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Json = any

/** Maximum time of two builds on a busy machine, in milliseconds. */
const BUILD_MS = 120_000
const IMAGE = `registry.example/kaphera-cloud-server@sha256:${'1'.repeat(64)}`
const NEXT_IMAGE = `registry.example/kaphera-cloud-server@sha256:${'2'.repeat(64)}`
const SETTINGS = [
  'publicUrl=https://api.example.com',
  'oidc.issuer=https://id.example.com/realms/kaphera',
  'oidc.audience=kaphera-cloud',
]

const valuesOf = (form: Form, ...more: string[]): Promise<InstallValues> =>
  readValues([], [`image=${IMAGE}`, ...SETTINGS, ...more], form)
const values = (...more: string[]): Promise<InstallValues> => valuesOf('knative', ...more)

/** Functions whose sources this test changes, and those that show definitions. */
const SOURCES = ['apply', 'capabilities', 'cells', 'connectors', 'gateway', 'me', 'openapi', 'overview', 'watch']

/** Copies shared/ and some functions, and builds them. */
class Sources {
  readonly directory: string
  constructor(directory: string) {
    this.directory = directory
  }

  static async copy(): Promise<Sources> {
    const directory = await mkdtemp(join(tmpdir(), 'kaphera-sources-'))
    await cp(join(PROJECT, 'shared'), join(directory, 'shared'), { recursive: true })
    await mkdir(join(directory, 'functions'))
    for (const name of SOURCES) {
      await cp(join(PROJECT, 'functions', `${name}.ts`), join(directory, 'functions', `${name}.ts`))
    }
    await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'))
    return new Sources(directory)
  }

  build(): Promise<Build> {
    return buildAll({
      edition: editionIn(join(this.directory, 'functions')),
      out: join(this.directory, 'dist'),
      settings: whole.settings,
    })
  }

  /** Builds with some files changed, and restores them. */
  async buildWith(changes: Readonly<Record<string, (text: string) => string>>): Promise<Build> {
    const texts = new Map<string, string>()
    for (const [file, change] of Object.entries(changes)) {
      const path = join(this.directory, file)
      const text = await readFile(path, 'utf8')
      if (change(text) === text) throw new Error(`${file} was not changed`)
      texts.set(path, text)
      await writeFile(path, change(text))
    }
    try {
      return await this.build()
    } finally {
      for (const [path, text] of texts) await writeFile(path, text)
    }
  }

  /** Returns the functions whose bundle contains a file, by their source maps. */
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

/** All functions. */
const whole: Build = built()
let sources: Sources
/** The build of {@link SOURCES}, and the build with one more statement in one of them and comments in others. */
let before: Build
let connectorsChanged: Build

beforeAll(async () => {
  sources = await Sources.copy()
  before = await sources.build()
  const comment = (text: string): string => `// a comment\n${text}\n/* and another */\n`
  connectorsChanged = await sources.buildWith({
    'functions/connectors.ts': (text) => `${text}\nglobalThis.changed = true\n`,
    'functions/cells.ts': comment,
    'shared/server/serve.ts': comment,
  })
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
  it('of a function changes only its Service', async () => {
    expect(await changed(connectorsChanged)).toEqual(['Service connectors'])
  })

  it('changes nothing if it is a comment', async () => {
    const { bundles } = connectorsChanged
    expect(bundles.map(({ name }) => name)).toContain('cells')
    expect((await changed(connectorsChanged)).filter((key) => key !== 'Service connectors')).toEqual([])
  })

  it('of shared code changes the Services of the functions that bundle it', async () => {
    const file = 'shared/resource/views/logs.ts'
    const bundling = await sources.bundling(file)
    expect(bundling).toContain('connectors')
    expect(bundling.length).toBeLessThan(before.bundles.length)
    const after = await sources.buildWith({
      [file]: (text) => text.replace(/'pods'/, `'pods' + ''.repeat(Date.now())`),
    })
    expect(await changed(after)).toEqual(bundling.map((name) => `Service ${name}`))
  })

  it('of a definition also changes the functions that show it', async () => {
    const after = await sources.buildWith({
      'functions/connectors.ts': (text) => text.replace('restart, scale }', 'restart }'),
    })
    expect(await changed(after)).toEqual(
      ['apply', 'capabilities', 'connectors', 'gateway', 'me', 'openapi', 'overview', 'watch'].map(
        (name) => `Service ${name}`,
      ),
    )
  })
})

describe('an unchanged function', { timeout: BUILD_MS }, () => {
  it('keeps its image and revision if the last release is named', async () => {
    const released = render(before, await values(), 'knative')
    const next = render(connectorsChanged, await values(`image=${NEXT_IMAGE}`), 'knative', released)
    const [old, now] = [services(released), services(next)]
    const moved = [...now].filter(([name, template]) => template.metadata.name !== old.get(name).metadata.name)
    expect(moved.map(([name]) => name)).toEqual(['connectors'])
    expect(now.get('connectors').spec.containers[0].image).toBe(NEXT_IMAGE)
    expect(now.get('cells')).toEqual(old.get('cells'))
  })

  it('is found only in what was rendered for the installation', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kaphera-previous-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'previous.yaml')
    const read = async (text: string) => {
      await writeFile(file, text)
      return readPrevious(file, (await values()).namespace)
    }
    const released = render(before, await values(), 'knative')
    expect(await read(toYaml(released))).toEqual(JSON.parse(JSON.stringify(released)))
    for (const text of [
      '',
      'image: registry.example/x',
      'just text',
      toYaml(render(before, await values(), 'plain')),
      toYaml(render(before, await values('namespace=other'), 'knative')),
    ]) {
      await expect(read(text)).rejects.toThrow(`--previous ${file}: must be what "render" printed`)
    }
    const args = ['--form', 'plain', '--previous', file, '--set', `image=${IMAGE}`]
    const command = renderCommand([...args, ...SETTINGS.flatMap((setting) => ['--set', setting])])
    await expect(command).rejects.toThrow('--previous needs --form knative')
  })

  it('gets a new revision with new settings', async () => {
    const [one, other] = [
      services(render(whole, await values(), 'knative')),
      services(render(whole, await values('corsOrigins=https://console.example.com'), 'knative')),
    ]
    for (const [name, template] of other) expect(template.metadata.name).not.toBe(one.get(name).metadata.name)
  })
})

describe('Services', () => {
  it('exist for each function, are private except for the gateway, and have their own account', async () => {
    const objects = render(whole, await values(), 'knative')
    const rendered = services(objects)
    expect([...rendered.keys()].sort()).toEqual(whole.bundles.map(({ name }) => name))
    for (const [name, template] of rendered) expect(template.spec.serviceAccountName).toBe(name)
    const outside = objects.filter(
      ({ apiVersion, metadata }) =>
        apiVersion === 'serving.knative.dev/v1' &&
        metadata.labels?.['networking.knative.dev/visibility'] !== 'cluster-local',
    )
    expect(outside.map(({ metadata }) => metadata.name)).toEqual(['gateway'])
  })

  it('run one function each, and only those that call others know their host', async () => {
    const host = { name: 'FUNCTION_HOST', value: '{name}.api.svc.cluster.local' }
    const calling: string[] = []
    for (const [name, template] of services(render(whole, await values('namespace=api'), 'knative'))) {
      const [{ args, env }] = template.spec.containers
      expect(args).toEqual([`--function=${name}`, '--metrics=*:9464'])
      if (env.some((variable: Json) => variable.name === host.name)) {
        expect(env).toContainEqual(host)
        calling.push(name)
      }
    }
    expect(calling).toEqual(['apply', 'gateway', 'overview', 'watch'])
  })

  it('let a request take longer than a watch', async () => {
    for (const template of services(render(whole, await values(), 'knative')).values()) {
      expect(template.spec.timeoutSeconds).toBeGreaterThan(270)
    }
  })
})

describe('rights', () => {
  const rolesOf = async (form: Form, ...settings: string[]): Promise<Map<string, Json[]>> =>
    new Map(
      render(whole, await valuesOf(form, ...settings), form)
        .filter(({ kind }) => kind === 'ClusterRole')
        .map(({ metadata, rules }) => [metadata.name, rules as Json[]]),
    )

  it('never include wildcards, Secrets or deletecollection', async () => {
    for (const form of ['knative', 'plain'] as const) {
      for (const rules of (await rolesOf(form)).values()) {
        const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
        for (const word of ['*', 'secrets', 'deletecollection', 'impersonate', 'escalate', 'bind']) {
          expect(words).not.toContain(word)
        }
      }
    }
  })

  it('let a node with only one pod be drained', async () => {
    const budget = render(whole, await valuesOf('plain', 'replicas=1'), 'plain').find(
      ({ kind }) => kind === 'PodDisruptionBudget',
    )
    expect(budget?.spec).toMatchObject({ maxUnavailable: 1 })
  })

  it('allow impersonation only if the installation asks for it', async () => {
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
  it("route every path of every function to the ingress of Knative under the function's host", async () => {
    const objects = render(whole, await values('entry=httproute'), 'knative')
    expect(services(objects).has('gateway')).toBe(false)
    const rules: Json[] = objects.filter(({ kind }) => kind === 'HTTPRoute').flatMap(({ spec }) => (spec as Json).rules)
    const functions = whole.bundles.filter((bundle) => bundle.name !== 'gateway')
    const matched = (value: string, path: string): boolean[] =>
      // Implementations match an expression against the whole path, its beginning, or anywhere.
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

  it('route unknown paths to a function that answers 404, and do not time out streams', async () => {
    const objects = render(whole, await values('entry=httproute'), 'knative')
    const rules: Json[] = objects.filter(({ kind }) => kind === 'HTTPRoute').flatMap(({ spec }) => (spec as Json).rules)
    const fallbacks = rules.filter(({ matches }) => matches.some(({ path }: Json) => path.type === 'PathPrefix'))
    expect(fallbacks.map(({ filters }) => filters[0].urlRewrite.hostname)).toEqual([
      'capabilities.kaphera-cloud-server.svc.cluster.local',
    ])
    expect(new Set(rules.map(({ timeouts }) => timeouts.request))).toEqual(new Set(['300s']))
  })

  it('refuse an address as the host', async () => {
    for (const publicUrl of ['https://192.0.2.1', 'https://[2001:db8::1]:8443']) {
      await expect(values(`publicUrl=${publicUrl}`, 'entry=httproute')).rejects.toThrow(
        /publicUrl: must have a host name/,
      )
      await expect(values(`publicUrl=${publicUrl}`)).resolves.toMatchObject({ publicUrl })
    }
    await expect(values('publicUrl=api.example.com', 'entry=httproute')).rejects.toThrow(/publicUrl: must be an origin/)
  })
})

describe('what the owners of a cluster choose', () => {
  it('is in every pod, and cannot replace labels of the server', async () => {
    const settings = [
      'podLabels.team=dataspace',
      'podLabels.other=1',
      'priorityClassName=important',
      'nodeSelector.disk=fast',
      'caConfigMap=trust',
      'proxy.url=http://proxy.example.com:3128',
    ]
    const directory = await mkdtemp(join(tmpdir(), 'kaphera-values-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const file = join(directory, 'values.yaml')
    await writeFile(
      file,
      'podLabels: {app.kubernetes.io/name: mine}\nserviceLabels: {networking.knative.dev/visibility: x}\n',
    )
    const installation = await readValues([file], [`image=${IMAGE}`, ...SETTINGS, ...settings])
    for (const form of ['knative', 'plain'] as const) {
      const objects: Json[] = render(whole, installation, form)
      for (const { metadata, spec } of objects.flatMap(({ spec }) => spec?.template ?? [])) {
        expect(metadata.labels).toMatchObject({ team: 'dataspace', 'app.kubernetes.io/name': 'kaphera-cloud-server' })
        expect(spec).toMatchObject({
          priorityClassName: 'important',
          nodeSelector: { disk: 'fast' },
          volumes: [{ name: 'authorities', configMap: { name: 'trust' } }],
        })
        const [{ env, volumeMounts }] = spec.containers
        const [{ mountPath }] = volumeMounts
        expect(env).toContainEqual({ name: 'SSL_CERT_DIR', value: `/etc/ssl/certs:${mountPath}` })
        expect(env).toContainEqual({ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' })
      }
      const outside = objects.filter(
        ({ apiVersion, metadata }) =>
          apiVersion === 'serving.knative.dev/v1' && metadata.labels['networking.knative.dev/visibility'] === 'x',
      )
      expect(outside.map(({ metadata }) => metadata.name)).toEqual(form === 'knative' ? ['gateway'] : [])
    }
    const policy: Json = render(whole, installation, 'plain').find(({ kind }) => kind === 'NetworkPolicy')
    expect(policy.spec.egress[1].ports).toContainEqual({ protocol: 'TCP', port: 3128 })
  })

  it('allow no plain HTTP to the metadata services of clouds, which give out credentials of the node', async () => {
    for (const settings of [
      [],
      ['proxy.url=http://proxy.example.com:8080'],
      ['proxy.url=http://proxy.example.com:3128'],
    ]) {
      const policy: Json = render(whole, await values(...settings), 'plain').find(
        ({ kind }) => kind === 'NetworkPolicy',
      )
      const rules: Json[] = policy.spec.egress.filter(({ ports }: Json) => ports.some(({ port }: Json) => port !== 53))
      const open = rules
        .filter(({ to }) => to === undefined)
        .flatMap(({ ports }) => ports.map(({ port }: Json) => port))
      expect(open.filter((port) => ![443, 6443, 8443, 3128].includes(port))).toEqual([])
      const limited = rules.filter(({ to }) => to !== undefined)
      expect(limited.flatMap(({ ports }) => ports.map(({ port }: Json) => port))).toEqual([8080, 80, 4318])
      const except = limited.flatMap(({ to }) => to.flatMap(({ ipBlock }: Json) => ipBlock?.except ?? []))
      expect(except).toEqual(expect.arrayContaining(['169.254.0.0/16', 'fd00:ec2::254/128']))
      // Pods may be reached at any address.
      expect(limited.map(({ to }) => to)).toEqual([expect.arrayContaining([{ namespaceSelector: {} }])])
    }
  })

  it('may differ for a function', async () => {
    const settings = ['functions.connectors.minScale=2', 'functions.connectors.resources.limits.memory=1Gi']
    const rendered = services(render(whole, await values(...settings), 'knative'))
    const of = (name: string): Json => {
      const { metadata, spec } = rendered.get(name)
      return [metadata.annotations['autoscaling.knative.dev/min-scale'], spec.containers[0].resources.limits]
    }
    expect(of('connectors')).toEqual(['2', { cpu: '1', memory: '1Gi' }])
    expect(of('cells')).toEqual(['0', { cpu: '1', memory: '256Mi' }])
  })

  it('may be ServiceAccounts that exist', async () => {
    const settings = ['serviceAccounts.create=false', 'serviceAccounts.names.connectors=mine']
    const objects: Json[] = render(whole, await values(...settings), 'knative')
    expect(objects.filter(({ kind }) => kind === 'ServiceAccount')).toEqual([])
    expect(services(objects).get('connectors').spec.serviceAccountName).toBe('mine')
    const binding = objects.find(
      ({ kind, metadata }) => kind === 'ClusterRoleBinding' && metadata.name.endsWith('-connectors'),
    )
    expect(binding.subjects).toMatchObject([{ name: 'mine' }])
  })
})

describe('values', () => {
  it('are all reported with their rule if they are missing or wrong', async () => {
    const failed = readValues([], ['image=registry.example/x', 'minScale=-1', 'color=blue'])
    await expect(failed).rejects.toThrow(ValuesError)
    await expect(failed).rejects.toThrow(/image: must be an image with its digest/)
    await expect(failed).rejects.toThrow(/publicUrl: is missing/)
    await expect(failed).rejects.toThrow(/oidc\.issuer: is missing/)
    await expect(failed).rejects.toThrow(/oidc\.audience: is missing/)
    await expect(failed).rejects.toThrow(/minScale: must be a whole number from 0 to 100/)
    await expect(failed).rejects.toThrow(/color: is unknown/)
  })

  it('are all reported, whatever the rule: of one value, of several, of the form', async () => {
    const settings = ['minScale=11', 'replicas=3', 'authPolicy={', 'otel.OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318']
    const error: Error = await values('publicUrl=x', ...settings).catch((error) => error)
    expect(error.message.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
      'The values are not valid:',
      ...['publicUrl', 'authPolicy', 'otel', 'maxScale', 'replicas'].map((path) => `  ${path}`),
    ])
  })

  it.each<[path: string, rest: string, form: Form, other: Form]>([
    ['replicas', '=3', 'plain', 'knative'],
    ['networkPolicy', '=true', 'plain', 'knative'],
    ['ingress.className', '=nginx', 'plain', 'knative'],
    ['entry', '=httproute', 'knative', 'plain'],
    ['gateway', '.backend.port=80', 'knative', 'plain'],
    ['minScale', '=0', 'knative', 'plain'],
    ['concurrency', '=7', 'knative', 'plain'],
    ['functions', '.connectors.minScale=1', 'knative', 'plain'],
  ])('are refused in a form in which they have no effect: %s%s is for %s', async (path, rest, form, other) => {
    await expect(valuesOf(form, path + rest)).resolves.toBeDefined()
    await expect(valuesOf(other, path + rest)).rejects.toThrow(
      `The values are not valid:\n  ${path}: is only for the form ${form}`,
    )
  })

  it('are those of the form that is rendered', async () => {
    const settings = [`image=${IMAGE}`, ...SETTINGS, 'minScale=1'].flatMap((setting) => ['--set', setting])
    await expect(renderCommand(['--form', 'plain', ...settings])).rejects.toThrow('minScale: is only for the form')
  })

  it.each([
    ['image=registry.example/server:latest', /image: must be .* other than latest/],
    ['publicUrl=https://api.example.com/v1', /publicUrl: must be an origin/],
    ['oidc.issuer=http://id.example.com', /oidc\.issuer: must be an https URL/],
    ['oidc.discoveryUrl=http://id.example.com/x', /oidc\.discoveryUrl: must be an https URL/],
    ['kubeIdentity=nobody', /kubeIdentity: must be one of function, impersonate, caller/],
    ['rateLimit=600', /rateLimit: must be requests\/seconds, e.g. 600\/60/],
    ['corsOrigins=*', /corsOrigins: must be origins/],
    ['corsOrigins=https://a.example/', /corsOrigins: must be origins/],
    ['authPolicy={"platformRoles":1}', / {2}authPolicy: platformRoles must be a list$/],
    ['authPolicy={', / {2}authPolicy: is not JSON$/],
    ['otel.OTHER=1', /otel\.OTHER: must be a variable of OpenTelemetry/],
    ['otel.OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318', /otel: OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https/],
    ['networkPolicy=perhaps', /networkPolicy: must be true or false/],
    ['minScale=11', /maxScale: must be at least minScale/],
    ['resources=much', /resources: must be a map/],
    [
      'functions.connectors.resources.limits.cpu=much',
      /functions\.connectors\.resources\.limits\.cpu: must be a quantity/,
    ],
    ['proxy.url=http://user:secret@proxy.example.com', /proxy\.url: must be an address .* without credentials/],
    ['caConfigMap=Mine', /caConfigMap: must be the name of an object/],
    ['podMonitor.interval=often', /podMonitor\.interval: must be a time such as 30s/],
  ])('are refused if the functions would refuse them: %s', async (setting, rule) => {
    await expect(values(setting)).rejects.toThrow(rule)
  })

  it('name only functions that exist', async () => {
    const installation = await values('functions.connector.minScale=1')
    expect(() => render(whole, installation, 'knative')).toThrow(/functions: there is no connector/)
  })

  it('name only ServiceAccounts that the form has', async () => {
    const ofFunction = await values('serviceAccounts.names.connectors=a')
    const ofServer = await values('serviceAccounts.names.server=a')
    expect(() => render(whole, ofServer, 'knative')).toThrow(/serviceAccounts\.names: there is no server/)
    expect(() => render(whole, ofFunction, 'plain')).toThrow(/serviceAccounts\.names: there is no connectors/)
    expect(render(whole, ofServer, 'plain')).toContainEqual(expect.objectContaining({ kind: 'Deployment' }))
  })

  it('allow one way in, by a host name', async () => {
    await expect(values('ingress.enabled=true', 'entry=httproute')).rejects.toThrow(/ingress\.enabled: must be false/)
    await expect(values('ingress.enabled=true', 'publicUrl=https://192.0.2.1')).rejects.toThrow(
      /publicUrl: must have a host name/,
    )
  })

  it('may have an issuer whose name ends with a slash', async () => {
    const { oidc } = await values('oidc.issuer=https://tenant.example.com/')
    expect(oidc.issuer).toBe('https://tenant.example.com/')
  })

  it('may use YAML types in a file: origins as a list, the policy as a map, a quantity as a number', async () => {
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
      authPolicy: '{"platformRoles":[{"claim":"groups","role":"platform-admin","value":"/ops"}]}',
      resources: { limits: { cpu: '2' } },
    })
  })

  it('are refused with the name of the file that cannot be read, or has no values', async () => {
    const directory = await mkdtemp(join(tmpdir(), basename('kaphera-values-')))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const file = join(directory, 'values.yaml')
    for (const text of ['a: [', '- a', 'a', '# nothing']) {
      await writeFile(file, text)
      await expect(readNamespace([file], [])).rejects.toThrow(`--values ${file}: `)
    }
    await expect(readNamespace([join(directory, 'absent.yaml')], [])).rejects.toThrow(/--values .*absent\.yaml: ENOENT/)
  })

  it('may be incomplete if only the namespace is needed', async () => {
    expect(await readNamespace([], [])).toBe('kaphera-cloud-server')
    expect(await readNamespace([], ['namespace=other', 'color=blue'])).toBe('other')
    await expect(readNamespace([], ['namespace=Other'])).rejects.toThrow(/namespace: must be a DNS label/)
  })

  it('are read from files, later ones first, and from settings before files', async () => {
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
