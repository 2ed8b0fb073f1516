import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundleFunctions } from '../../../../infra/bundle/bundle.ts'
import { crdsOf, type Edition, editionOf, functionFiles, SELF_HOSTED } from '../../../../infra/bundle/edition.ts'
import { PACKAGE } from '../../../../infra/bundle/generate/file.ts'
import { generateSchemas, schemasOf, staleSchemas } from '../../../../infra/bundle/generate/generate.ts'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { readRawConfig } from '../../../../infra/bundle/settings.ts'
import { directoryWith, editionIn, functionCode, temporaryDirectory } from '../../fixtures/build.ts'

/** An edition with nothing of the project but its kinds, and with some files. */
async function edition(functions: Readonly<Record<string, string>>, crds = {}): Promise<Edition> {
  const [own, foreign] = [await directoryWith(functions), await directoryWith(crds)]
  return { ...editionIn(own), name: 'tiny', crds: [...SELF_HOSTED.crds, foreign], out: await temporaryDirectory() }
}

/** A CRD without fields. */
function crd(plural: string, kind: string): string {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }
  return JSON.stringify({
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', names: { plural, kind }, versions: [version] },
  })
}

/** A function with some properties in its definition. */
function withDefinition(definition: object): string {
  return `export default { definition: ${JSON.stringify({ rbac: [], ...definition })}, fetch: () => new Response() }`
}

describe('an edition', () => {
  it('is this project if nothing else is named', () => {
    expect(editionOf({})).toEqual(SELF_HOSTED)
  })

  it('adds directories and has its own output directory', async () => {
    const directory = await temporaryDirectory()
    expect(editionOf({ edition: 'tiny', functions: [directory] })).toMatchObject({
      name: 'tiny',
      functions: [...SELF_HOSTED.functions, directory],
      out: join(PROJECT, 'dist', 'tiny'),
    })
    expect(editionOf({ edition: 'tiny', out: directory }).out).toBe(directory)
  })

  it.each([
    [{ functions: ['functions'] }, /--functions and --crds need --edition/],
    [{ edition: 'tiny', functions: ['nowhere'] }, /--functions nowhere: there is no such directory/],
    [{ edition: 'tiny', crds: ['package.json'] }, /--crds package\.json: there is no such directory/],
    [{ edition: 'Tiny' }, /--edition Tiny: a name has/],
    [{ edition: '../x' }, /--edition \.\.\/x: a name has/],
    [{ edition: 'self-hosted' }, /is not self-hosted/],
    [{ edition: 'tiny', out: '.' }, /--out \.: .*functions is in it/],
    [{ edition: 'tiny', out: 'functions' }, /--out functions: .*functions is in it/],
  ])('is refused: %j', (values, rule) => {
    expect(() => editionOf(values)).toThrow(rule)
  })

  it('has no two functions with the same name', async () => {
    const [one, other] = [await directoryWith({ 'a.ts': '' }), await directoryWith({ 'a.ts': '' })]
    await expect(functionFiles({ ...SELF_HOSTED, functions: [one, other] })).rejects.toThrow(
      `${join(other, 'a.ts')}: there is a function a already: ${join(one, 'a.ts')}.`,
    )
  })

  it('has no function with a name that hosts cannot have', async () => {
    const directory = await directoryWith({ 'auditLog.ts': '' })
    await expect(functionFiles(editionIn(directory))).rejects.toThrow(`${join(directory, 'auditLog.ts')}: the name of`)
    const empty = await directoryWith({ 'types.d.ts': '' })
    await expect(functionFiles(editionIn(empty))).rejects.toThrow(`${empty} has no functions`)
  })

  it('has no two functions with the same path', async () => {
    const tiny = await edition({
      'a.ts': withDefinition({ name: 'a', routes: ['/v1/organizations/:organization/audit'] }),
      'b.ts': withDefinition({ name: 'b', routes: ['/v1/organizations/:name/audit'] }),
    })
    await expect(bundleFunctions({ edition: tiny })).rejects.toThrow(
      /b\.ts: the route \/v1\/organizations\/:name\/audit has paths in common with .*\/a\.ts\.$/,
    )
  })

  it('has well-formed names of features', async () => {
    const tiny = await edition({
      'a.ts': withDefinition({ name: 'a', routes: ['/a'], features: ['auditSearch', 'Audit search'] }),
    })
    await expect(bundleFunctions({ edition: tiny })).rejects.toThrow(
      /a\.ts has an invalid definition: features\.1: The name of a feature must look like auditSearch$/,
    )
  })

  it('has a function for each of its kinds', async () => {
    const tiny = await edition({ 'a.ts': functionCode('a') }, { 'things.yaml': crd('things', 'Thing') })
    await expect(bundleFunctions({ edition: tiny })).rejects.toThrow(
      'things.yaml: no function serves the kind. It needs things.ts.',
    )
  })

  it('has a CRD for each kind of its functions', async () => {
    const resource = { group: 'example.com', version: 'v1', kind: 'Thing', plural: 'things', scope: 'organization' }
    const definition = {
      name: 'things',
      routes: ['/v1/things'],
      resource: { ...resource, verbs: [], actions: [], views: [] },
    }
    const tiny = await edition({ 'things.ts': withDefinition(definition) })
    await expect(bundleFunctions({ edition: tiny })).rejects.toThrow(
      /things\.ts: no CRD defines things\.example\.com\.$/,
    )
  })

  it('keeps files beside its generated ones', async () => {
    const [functions, parent] = [await directoryWith({ 'a.ts': functionCode('a') }), await temporaryDirectory()]
    for (const name of ['crds', 'more', 'schemas']) await mkdir(join(parent, name))
    await writeFile(join(parent, 'crds', 'things.yaml'), crd('things', 'Thing'))
    await writeFile(join(parent, 'schemas', 'notes.json'), '{}')
    await writeFile(join(parent, 'schemas', 'gone.ts'), '// Generated from crds/gone.yaml')
    const flags = { edition: 'tiny', functions: [functions], crds: [join(parent, 'crds')] }
    const [options] = await schemasOf(editionOf(flags))
    expect(await staleSchemas(options)).toContain('gone.ts has no CRD any more')
    await generateSchemas(options)
    expect((await readdir(join(parent, 'schemas'))).sort()).toEqual(['notes.json', 'specs', 'things.ts'])
    expect(await readFile(join(parent, 'schemas', 'things.ts'), 'utf8')).toContain(
      "import type { Kind } from 'kaphera-cloud-server/shared/kind/kind.ts'",
    )
    const both = editionOf({ ...flags, crds: [...flags.crds, join(parent, 'more')] })
    await expect(schemasOf(both)).rejects.toThrow('would both be in')
  })

  it('has no kind that this project has', async () => {
    const tiny = await edition({}, { 'vaults.yaml': crd('vaults', 'Safe') })
    await expect(crdsOf(tiny)).rejects.toThrow(
      'vaults.yaml and edc.kaphera.com_vaults.yaml define the same plural vaults',
    )
    const other = await edition({}, { 'safes.yaml': crd('safes', 'Vault') })
    await expect(crdsOf(other)).rejects.toThrow('define the same kind Vault')
  })

  it('imports public modules, and packages of this project', async () => {
    const importing = (module: string) =>
      functionCode('a', 'return new Response(String(module))', `import * as module from '${module}'`)
    const built = async (module: string) => bundleFunctions({ edition: await edition({ 'a.ts': importing(module) }) })
    await expect(built(`${PACKAGE}/shared/http/query.ts`)).resolves.toHaveLength(1)
    await expect(built('valibot')).resolves.toHaveLength(1)
    await expect(built(`${PACKAGE}/shared/http/pointer.ts`)).rejects.toThrow(/pointer\.ts is not a public module/)
    await expect(built(`${PACKAGE}/shared/schemas/kinds.ts`)).rejects.toThrow(/kinds\.ts is not a public module/)
  })

  it('has bindings for its own functions only', async () => {
    const functions = await directoryWith({
      'a.ts': '',
      'wrangler.toml': '[env.a.vars]\nAUDIT_URL = ""\nCATALOG = []\n',
    })
    const tiny = { ...SELF_HOSTED, functions: [...SELF_HOSTED.functions, functions] }
    expect((await readRawConfig(tiny)).env?.a?.vars).toEqual({ AUDIT_URL: '', CATALOG: [] })
    await writeFile(join(functions, 'wrangler.toml'), '[env.gateway.vars]\nX = ""\n')
    await expect(readRawConfig(tiny)).rejects.toThrow('wrangler.toml: [env.gateway] has no gateway.ts beside it')
    await writeFile(join(functions, 'wrangler.toml'), '[vars]\nX = ""\n')
    await expect(readRawConfig(tiny)).rejects.toThrow('wrangler.toml: vars is not supported')
  })
})

/** The names that a module exports, types included. */
function exported(module: string): string[] {
  const text = readFileSync(join(PROJECT, module), 'utf8')
  const declared = [...text.matchAll(/^export (?:async |abstract )?(?:interface|type|class|function\*?|const) (\w+)/gm)]
  const again = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) => names.split(','))
  return [...declared.map(([, name = '']) => name), ...again.map((name) => name.trim().replace(/^type /, ''))]
    .filter((name) => name !== '')
    .sort()
}

describe('the public modules', () => {
  const { name, exports }: { name: string; exports: Record<string, string | null> } = JSON.parse(
    readFileSync(join(PROJECT, 'package.json'), 'utf8'),
  )
  const modules = Object.keys(exports).filter((path) => /^\.\/shared\/[^*]*$/.test(path) && exports[path] !== null)

  it('have the paths of their files', () => {
    expect(name).toBe(PACKAGE)
    expect(modules.filter((path) => exports[path] !== path)).toEqual([])
  })

  // Removing a name breaks other editions. Run with --update after adding one.
  it('export the names in public.txt', async () => {
    const lines = modules.map((path) => `${path.slice(2)}: ${exported(path).join(' ')}`)
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('public.txt')
  })

  it('are those that the README names', async () => {
    const readme = await readFile(join(PROJECT, 'infra', 'bundle', 'README.md'), 'utf8')
    const [, table = ''] = /\| public module .*?\n\|[-| ]+\n(.*?)\n\n/s.exec(readme) ?? []
    const named = table.split('\n').flatMap((row) => {
      const [, folder = '', files = ''] = /^\| `shared\/([\w/]*)` +\| (.*?) +\|/.exec(row) ?? []
      return [...files.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = '']) => `./shared/${folder}${file}`)
    })
    expect(named.sort()).toEqual(modules.toSorted())
  })
})
