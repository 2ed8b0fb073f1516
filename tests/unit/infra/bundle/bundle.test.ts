import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Bundle, bundleFunctions } from '../../../../infra/bundle/bundle.ts'
import { catalog, type Manifest, manifest } from '../../../../infra/bundle/manifest.ts'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { BUDGET, overBudget, sizeTable } from '../../../../infra/bundle/report.ts'
import { runtimeDigest } from '../../../../infra/bundle/runtime-digest.ts'
import { readSettings, settings } from '../../../../infra/bundle/settings.ts'
import { built } from '../../../built.ts'
import { directoryWith, editionIn, functionCode, temporaryDirectory } from '../../fixtures/build.ts'

const plain = settings({
  compatibility_date: '2026-11-17',
  services: [{ binding: 'KUBE', service: 'kube' }],
  vars: { REALM: '' },
  env: {
    gateway: { services: [{ binding: 'FN_*', service: 'fn-*' }], vars: { CATALOG: [] } },
  },
})

async function bundle(files: Readonly<Record<string, string>>): Promise<Bundle[]> {
  return bundleFunctions({ edition: editionIn(await directoryWith(files)), out: await temporaryDirectory() })
}

function hashes(built: Manifest): Record<string, string> {
  return Object.fromEntries(Object.entries(built).map(([name, { hash }]) => [name, hash]))
}

describe('bundling', () => {
  it('makes a self-contained module of each file, with a source map', async () => {
    const imports = `import { toPointer } from '${PROJECT}/shared/http/pointer.ts'`
    const bundles = await bundle({
      'a.ts': functionCode('a', 'return new Response(toPointer([]))', imports),
      'b.ts': functionCode('b'),
      'notes.md': 'no function',
    })
    expect(bundles.map(({ name }) => name)).toEqual(['a', 'b'])
    for (const { name, file, code, parts } of bundles) {
      expect(await readFile(file, 'utf8')).toBe(code)
      for (const text of [code, ...Object.values(parts)]) {
        for (const [, path = ''] of text.matchAll(/\b(?:import|from)\b\s*\(?"([^"]*)"/g)) {
          expect(parts).toHaveProperty([path.startsWith('./') ? path.slice(2) : path])
        }
      }
      expect(Object.keys(parts).join()).toContain(`${name}.parts/${name}-`)
      expect(JSON.parse(await readFile(`${file}.map`, 'utf8'))).toMatchObject({ version: 3 })
    }
  })

  it('is reproducible', async () => {
    const files = { 'a.ts': functionCode('a'), 'b.ts': functionCode('b') }
    const [first, second] = [await bundle(files), await bundle(files)]
    expect(second.map(({ code }) => code)).toEqual(first.map(({ code }) => code))
  })

  it('removes the bundle of a deleted function', async () => {
    const out = await temporaryDirectory()
    await writeFile(join(out, 'old.js'), '')
    await bundleFunctions({ edition: editionIn(await directoryWith({ 'a.ts': functionCode('a') })), out })
    await expect(readFile(join(out, 'old.js'))).rejects.toThrow('ENOENT')
  })

  it('includes only the used methods of client-node, without its models and transport', async () => {
    const imports = `import { buildRequest } from '${PROJECT}/shared/kube/request-factory.ts'`
    const [built] = await bundle({
      'a.ts': functionCode('a', 'return Response.json(await buildRequest(env as any))', imports),
    })
    expect(built?.packages['@kubernetes/client-node']).toBeLessThan(16_000)
    const code = Object.values(built?.parts ?? {}).join()
    expect(code).toContain('listNamespacedCustomObject')
    expect(code).not.toContain('deleteCollection')
    expect(Object.keys(built?.packages ?? {}).sort()).toEqual(['@kubernetes/client-node', 'ours'])
  })

  it('includes only the used half of js-yaml', async () => {
    const handler = 'return Response.json(load(await request.text(), { schema: CORE_SCHEMA }))'
    const yaml = join(PROJECT, 'node_modules', 'js-yaml', 'dist', 'js-yaml.mjs')
    const [built] = await bundle({ 'a.ts': functionCode('a', handler, `import { CORE_SCHEMA, load } from '${yaml}'`) })
    expect(built?.packages['js-yaml']).toBeLessThan(38_000)
    const { default: module } = await import(pathToFileURL(built?.file ?? '').href)
    const body = 'a: [1, 0x1f, 1.5e3, yes, true, null]\nb: |\n  two\n  lines\nc: "\\u00e9"\n'
    const answer = await module.fetch(new Request('http://local', { method: 'POST', body }))
    expect(await answer.json()).toEqual({ a: [1, 31, 1500, 'yes', true, null], b: 'two\nlines\n', c: 'é' })
  })

  it.each([
    ['another name', functionCode('b'), 'has the name b in its definition'],
    [
      'no handler',
      'export default { definition: { name: "a", routes: ["/a"], rbac: [] } }',
      'no default export with a fetch',
    ],
    ['a route without slash', functionCode('a').replace("'/a'", "'a'"), 'routes.0'],
    ['no routes', functionCode('a').replace("['/a']", '[]'), 'routes'],
    ['no rules', functionCode('a').replace('rbac: []', ''), 'rbac'],
  ])('refuses a function with %s', async (_, code, reason) => {
    await expect(bundle({ 'a.ts': code })).rejects.toThrow(reason)
  })
})

describe('the size report', () => {
  it('has no function over the budget', () => {
    expect(overBudget(built().bundles)).toEqual([])
  })

  it('names functions over the budget with their largest parts', async () => {
    const bundles = await bundle({
      'a.ts': functionCode('a', `return new Response('${'x'.repeat(BUDGET)}')`),
      'b.ts': functionCode('b'),
    })
    expect(overBudget(bundles)).toEqual([
      expect.stringMatching(new RegExp(`^a has \\d+ bytes, \\d+ over the budget of ${BUDGET}: ours \\d+$`)),
    ])
    expect(sizeTable(bundles).split('\n')).toHaveLength(3)
  })
})

describe('content hashes', () => {
  const files = {
    'gateway.ts': functionCode('gateway'),
    'a.ts': functionCode('a', 'return new Response("one")'),
    'b.ts': functionCode('b'),
  }

  it('do not change with a comment or an unrelated file', async () => {
    const before = manifest(await bundle(files), plain)
    const after = manifest(
      await bundle({ ...files, 'a.ts': `// a comment\n${files['a.ts']}`, 'README.md': 'something' }),
      plain,
    )
    expect(after).toEqual(before)
  })

  it('change only for the function whose code changes', async () => {
    const before = hashes(manifest(await bundle(files), plain))
    const after = hashes(
      manifest(await bundle({ ...files, 'a.ts': functionCode('a', 'return new Response("two")') }), plain),
    )
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(['a'])
  })

  it('change for a function that binds the catalog when another definition changes', async () => {
    const before = hashes(manifest(await bundle(files), plain))
    const redefined = { ...files, 'b.ts': functionCode('b').replace("['/b']", "['/b', '/c']") }
    const after = hashes(manifest(await bundle(redefined), plain))
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(['b', 'gateway'])
  })

  it('change only for the function that binds a changed text', async () => {
    const binding = settings({
      compatibility_date: '2026-11-17',
      env: { a: { text_blobs: { PAGE: 'dist/page.html' } } },
    })
    const bundles = await bundle(files)
    const [before, after] = ['one', 'two'].map((text) => hashes(manifest(bundles, binding, { 'page.html': text })))
    expect(Object.keys(after ?? {}).filter((name) => after?.[name] !== before?.[name])).toEqual(['a'])
    expect(() => manifest(bundles, binding)).toThrow('page.html, which the build does not write')
  })

  it('all change with the runtime', async () => {
    const bundles = await bundle(files)
    const [before, after] = ['one', 'two'].map((runtime) => hashes(manifest(bundles, plain, {}, runtime)))
    expect(Object.keys(after ?? {}).filter((name) => after?.[name] === before?.[name])).toEqual([])
    expect(await runtimeDigest()).toBe(await runtimeDigest())
  })

  it('come with the sorted definitions of all functions', async () => {
    expect(catalog(await bundle(files)).map(({ name }) => name)).toEqual(['a', 'b', 'gateway'])
  })
})

describe('settings', () => {
  it('give the gateway a binding for each other function, and none to others', () => {
    const names = ['data-planes', 'gateway', 'me']
    expect(plain.bindingsOf('gateway', names).map(({ name }) => name)).toEqual([
      'CATALOG',
      'FN_DATA_PLANES',
      'FN_ME',
      'KUBE',
      'REALM',
    ])
    expect(plain.bindingsOf('me', names).map(({ name }) => name)).toEqual(['KUBE', 'REALM'])
  })

  it('refuse a value that would be lost', () => {
    expect(() => settings({ compatibility_date: '2026-11-17', vars: { REALM: 'info' } })).toThrow('REALM must be ""')
  })

  it('refuse a text that the build does not write to dist/', () => {
    const raw = { compatibility_date: '2026-11-17', text_blobs: { PAGE: 'docs/page.html' } }
    expect(() => settings(raw)).toThrow('PAGE must be a file in dist/')
  })

  it('are accepted by wrangler and name the latest compatibility date of the pinned workerd', async () => {
    const { unstable_readConfig } = await import('wrangler')
    const config = unstable_readConfig({ config: join(PROJECT, 'wrangler.toml') })
    const own = await readSettings()
    expect(own.compatibilityDate).toBe(config.compatibility_date)
    expect(own.compatibilityDate).toBe(createRequire(import.meta.url)('workerd').compatibilityDate)
    expect(own.compatibilityFlags).toEqual([])
    expect(own.bindingsOf('connectors', ['connectors', 'gateway'])).toContainEqual({
      kind: 'service',
      name: 'KUBE_TOKEN',
      service: 'kube-token',
    })
  })
})
