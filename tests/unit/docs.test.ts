/** Files, headings, commands and settings in documents exist. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { settingsOf } from '../../infra/knative/values.ts'
import { PROBLEMS } from '../../shared/http/problem.ts'

const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8')

const documents = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: PROJECT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .map((file) => ({ file, text: read(file) }))

/** Returns the first group of all matches in all documents, each as "document: match". */
function mentioned(pattern: RegExp): [where: string, what: string][] {
  return documents.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map(([, what = '']): [string, string] => [`${file}: ${what}`, what]),
  )
}

/** A text without its blocks of code, in which a pattern may look like a link. */
function withoutBlocks(text: string): string {
  return text.replaceAll(/```.*?```/gs, '')
}

/** Returns the anchors of a document's headings, as GitHub generates them. */
function anchorsOf(text: string): string[] {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)]
  return headings.map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

describe('documents', () => {
  it('link to existing files and headings', () => {
    const broken = documents.flatMap(({ file, text }) =>
      [...withoutBlocks(text).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
        ([link, path = '', anchor]) => {
          const target = path === '' ? file : join(dirname(file), path)
          const isThere =
            existsSync(join(PROJECT, target)) && (anchor === undefined || anchorsOf(read(target)).includes(anchor))
          return isThere ? [] : [`${file}: ${link}`]
        },
      ),
    )
    expect(broken).toEqual([])
  })

  it('name existing files', () => {
    const files = mentioned(/`((?:functions|infra|shared|tests)\/[\w./-]*[\w/])`/g)
    expect(files.length).toBeGreaterThan(40)
    // The example kind of functions/README.md.
    const missing = files.filter(([, path]) => !existsSync(join(PROJECT, path)) && !path.includes('federatedcatalogs'))
    expect(missing.map(([where]) => where)).toEqual([])
  })

  it('name existing commands', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const unknown = mentioned(/npm run (?:-s |--silent )?([\w:-]+)/g).filter(
      ([, name]) => !Object.hasOwn(scripts, name),
    )
    expect(unknown.map(([where]) => where)).toEqual([])
    const source = read('infra/bundle/main.ts')
    const commands = mentioned(/node build\.mjs ([a-z]+)/g).filter(([, name]) => !source.includes(`\n  ${name}: {`))
    expect(commands.map(([where]) => where)).toEqual([])
    const programs = mentioned(/npx node ([\w./-]+)/g).filter(([, path]) => !existsSync(join(PROJECT, path)))
    expect(programs.map(([where]) => where)).toEqual([])
  })

  it('for contributors name every folder of infra/ and tests/', () => {
    const folders = ['infra', 'tests'].flatMap((room) =>
      readdirSync(join(PROJECT, room), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `\`${room}/${name}/\``),
    )
    const text = read('CONTRIBUTING.md')
    expect(folders.filter((folder) => !text.includes(folder))).toEqual([])
  })

  it('name existing error codes', () => {
    const codes = mentioned(/\b[45]\d\d `([a-z_]+)`/g)
    expect(codes.length).toBeGreaterThan(4)
    expect(codes.filter(([, code]) => !Object.hasOwn(PROBLEMS, code)).map(([where]) => where)).toEqual([])
  })
})

describe('the settings in infra/README.md', () => {
  const rows = [...read('infra/README.md').matchAll(/^\| (`[^|]+) \|[^|]*\|[^|]*\| ([^|]*)\|$/gm)]
  const variables = new Map(
    rows.flatMap(([, values = '', names = '']): [string, string][] => {
      const listed = [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
      return [...values.matchAll(/`([\w.]+)`/g)].flatMap(([, value = ''], index): [string, string][] =>
        listed[index] === undefined ? [] : [[value, listed[index]]],
      )
    }),
  )

  const [, section = ''] = /^\[vars\]\n(.*?)^\n/ms.exec(read('wrangler.toml')) ?? []
  const declared = [...section.matchAll(/^(\w+) = /gm)].map(([, name = '']) => name)

  it('are the variables of wrangler.toml; shared/tracing/README.md has those of OpenTelemetry', () => {
    expect([...variables.values()].sort()).toEqual(declared.filter((name) => !name.startsWith('OTEL_')).toSorted())
    const rows = [...read('shared/tracing/README.md').matchAll(/^\| (`OTEL_[^|]+) \|/gm)]
    const described = rows.flatMap(([, names = '']) => [...names.matchAll(/`(OTEL_\w+)`/g)].map(([, name]) => name))
    expect(described.sort()).toEqual(declared.filter((name) => name.startsWith('OTEL_')).toSorted())
  })

  it('are passed on by npm start, except for the address', () => {
    const [, keptBack = ''] = /KEPT_BACK: readonly string\[\] = \[(.*)\]$/m.exec(read('infra/local/start.ts')) ?? []
    expect(declared.filter((name) => keptBack.includes(`'${name}'`))).toEqual(['PUBLIC_URL'])
  })

  it('map to the variable in the same row', () => {
    const nested = (path: string, value: string): object =>
      path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object
    for (const [path, variable] of variables) {
      const values = { oidc: {}, ...nested(path, 'x') } as Parameters<typeof settingsOf>[0]
      expect([path, settingsOf(values)[variable]]).toEqual([path, 'x'])
    }
  })
})
