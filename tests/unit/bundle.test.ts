import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Bundle, bundleFunctions } from '../../infra/bundle/bundle.ts'
import { catalogue, type Manifest, manifest } from '../../infra/bundle/manifest.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { BUDGET, overBudget, sizeTable } from '../../infra/bundle/report.ts'
import { readSettings, settings } from '../../infra/bundle/settings.ts'
import { newestCompatibilityDate } from '../../infra/workerd/binary.ts'
import { directoryWith, functionCode, temporaryDirectory } from './fixtures.ts'

const plain = settings({
  compatibility_date: '2026-11-17',
  services: [{ binding: 'KUBE', service: 'kube' }],
  vars: { REALM: '' },
  env: {
    gateway: { services: [{ binding: 'FN_*', service: 'fn-*' }], vars: { CATALOGUE: [] } },
  },
})

async function bundle(files: Readonly<Record<string, string>>): Promise<Bundle[]> {
  return bundleFunctions({ functions: await directoryWith(files), out: await temporaryDirectory() })
}

function hashes(built: Manifest): Record<string, string> {
  return Object.fromEntries(Object.entries(built).map(([name, { hash }]) => [name, hash]))
}

describe('bundling', () => {
  it('makes of each file a module that needs nothing but its own parts, with a source map beside it', async () => {
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

  it('gives the same bytes for the same sources', async () => {
    const files = { 'a.ts': functionCode('a'), 'b.ts': functionCode('b') }
    const [first, second] = [await bundle(files), await bundle(files)]
    expect(second.map(({ code }) => code)).toEqual(first.map(({ code }) => code))
  })

  it('removes the bundle of a function that is gone', async () => {
    const out = await temporaryDirectory()
    await writeFile(join(out, 'old.js'), '')
    await bundleFunctions({ functions: await directoryWith({ 'a.ts': functionCode('a') }), out })
    await expect(readFile(join(out, 'old.js'))).rejects.toThrow('ENOENT')
  })

  it('takes only the used methods of client-node, and neither its models nor its transport', async () => {
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

  it('takes only the used half of js-yaml, which still works', async () => {
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
    ['another name', functionCode('b'), 'calls itself b'],
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
  it('names functions over the budget with what weighs most', async () => {
    const bundles = await bundle({
      'a.ts': functionCode('a', `return new Response('${'x'.repeat(BUDGET)}')`),
      'b.ts': functionCode('b'),
    })
    expect(overBudget(bundles)).toEqual([
      expect.stringMatching(/^a has \d+ bytes, \d+ over the budget of 159744: ours \d+$/),
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

  it('are the same for a comment or an unrelated file', async () => {
    const before = manifest(await bundle(files), plain)
    const after = manifest(
      await bundle({ ...files, 'a.ts': `// a comment\n${files['a.ts']}`, 'README.md': 'something' }),
      plain,
    )
    expect(after).toEqual(before)
  })

  it('differ for exactly the function whose code changes', async () => {
    const before = hashes(manifest(await bundle(files), plain))
    const after = hashes(
      manifest(await bundle({ ...files, 'a.ts': functionCode('a', 'return new Response("two")') }), plain),
    )
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(['a'])
  })

  it('differ for a function that binds the catalogue when another function defines itself differently', async () => {
    const before = hashes(manifest(await bundle(files), plain))
    const redefined = { ...files, 'b.ts': functionCode('b').replace("['/b']", "['/b', '/c']") }
    const after = hashes(manifest(await bundle(redefined), plain))
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(['b', 'gateway'])
  })

  it('differ for exactly the function that binds a text when the text changes', async () => {
    const binding = settings({
      compatibility_date: '2026-11-17',
      env: { a: { text_blobs: { PAGE: 'dist/page.html' } } },
    })
    const bundles = await bundle(files)
    const [before, after] = ['one', 'two'].map((text) => hashes(manifest(bundles, binding, { 'page.html': text })))
    expect(Object.keys(after ?? {}).filter((name) => after?.[name] !== before?.[name])).toEqual(['a'])
    expect(() => manifest(bundles, binding)).toThrow('page.html, which the build does not make')
  })

  it('differ for all when the compatibility date changes', async () => {
    const bundles = await bundle(files)
    const later = { ...plain, compatibilityDate: '2026-11-18' }
    const [before, after] = [hashes(manifest(bundles, plain)), hashes(manifest(bundles, later))]
    expect(Object.keys(after).filter((name) => after[name] === before[name])).toEqual([])
  })

  it('come with the definitions of all functions, sorted', async () => {
    expect(catalogue(await bundle(files)).map(({ name }) => name)).toEqual(['a', 'b', 'gateway'])
  })
})

describe('settings', () => {
  it('give the gateway a binding for each other function, and others none', () => {
    const names = ['data-planes', 'gateway', 'me']
    expect(plain.bindingsOf('gateway', names).map(({ name }) => name)).toEqual([
      'CATALOGUE',
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

  it('refuse a text that the build does not put into dist/', () => {
    const raw = { compatibility_date: '2026-11-17', text_blobs: { PAGE: 'docs/page.html' } }
    expect(() => settings(raw)).toThrow('PAGE must be a file in dist/')
  })

  it('of the project are accepted by wrangler and name the newest date that the pinned workerd knows', async () => {
    const { unstable_readConfig } = await import('wrangler')
    const config = unstable_readConfig({ config: join(PROJECT, 'wrangler.toml') })
    const own = await readSettings()
    expect(own.compatibilityDate).toBe(config.compatibility_date)
    expect(own.compatibilityDate).toBe(newestCompatibilityDate())
    expect(own.compatibilityFlags).toEqual([])
    expect(own.bindingsOf('connectors', ['connectors', 'gateway'])).toContainEqual({
      kind: 'service',
      name: 'KUBE_TOKEN',
      service: 'kube-token',
    })
  })
})
