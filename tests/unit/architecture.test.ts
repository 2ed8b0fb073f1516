import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'

const text = readFileSync(join(PROJECT, 'ARCHITECTURE.md'), 'utf8')

const SOURCES = readdirSync(join(PROJECT, 'shared'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
)

describe('ARCHITECTURE.md', () => {
  it('names files that exist', () => {
    const files = [...text.matchAll(/`((?:functions|shared|infra|tests)\/[\w./-]*)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(15)
    expect(files.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([])
  })

  it('names every folder of shared/', () => {
    const [, rooms = ''] = /^## Rooms\n(.*?)^## /ms.exec(text) ?? []
    const folders = readdirSync(join(PROJECT, 'shared'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map(({ name }) => name).filter((name) => !new RegExp(`\\b${name}/`).test(rooms))).toEqual([])
  })

  it('uses type names that exist', () => {
    const [, words = ''] = /^## Words\n(.*)/ms.exec(text) ?? []
    const types = [...words.matchAll(/`([A-Z][a-z]\w+)`/g)].map(([, name = '']) => name)
    const sources = readdirSync(join(PROJECT, 'shared'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(PROJECT, 'shared', name), 'utf8'))
      .join('\n')
    expect(types.length).toBeGreaterThan(3)
    expect(types.filter((name) => !new RegExp(`^export (interface|type|class) ${name}\\b`, 'm').test(sources))).toEqual(
      [],
    )
  })

  it('lists at most 15 files on the path of a created connector, one for each step', () => {
    const steps = text.match(/^\d+\. .*$/gm) ?? []
    expect(steps.length).toBeGreaterThan(10)
    expect(steps.length).toBeLessThanOrEqual(15)
    for (const step of steps) expect(step.match(/`[\w/-]+\.ts`/g)).toHaveLength(1)
  })
})

describe('shared/server/README.md', () => {
  it('names every file of the folder', () => {
    const room = join(PROJECT, 'shared', 'server')
    const named = [...readFileSync(join(room, 'README.md'), 'utf8').matchAll(/^\| `([\w-]+\.ts)`/gm)].map(
      ([, file = '']) => file,
    )
    const files = readdirSync(room).filter((name) => name.endsWith('.ts'))
    expect(named.sort()).toEqual(files.sort())
  })
})

describe('the folders of shared/', () => {
  it('hold at most 20 files each', () => {
    const rooms = [
      'shared',
      ...readdirSync(join(PROJECT, 'shared'), { recursive: true, encoding: 'utf8' }).map((name) =>
        join('shared', name),
      ),
    ]
    const counted = rooms.flatMap((room) => {
      try {
        const files = readdirSync(join(PROJECT, room), { withFileTypes: true }).filter((entry) => entry.isFile())
        return [[room, files.length] as const]
      } catch {
        return []
      }
    })
    expect(counted.filter(([, files]) => files > 20)).toEqual([])
  })
})

/** The files of shared/ that a file of it imports, lazily or only for types, too. */
function importsOf(file: string): string[] {
  return [...codeOf(file).matchAll(/(?:\bfrom |\bimport ?\(?)'(\.[^']+)'/g)].map(([, target = '']) =>
    normalize(join(dirname(file), target)),
  )
}

/** The sub-folders of a folder and its files, each with those that it imports: inside a sub-folder any file counts for it. */
function neighbors(room: string): Map<string, Set<string>> {
  const partOf = (file: string): string => file.slice(room.length + 1).split('/')[0] ?? ''
  const parts = new Map<string, Set<string>>()
  for (const file of SOURCES.filter((name) => name.startsWith(`${room}/`))) {
    const part = partOf(file)
    const targets = parts.get(part) ?? new Set<string>()
    for (const target of importsOf(file)) {
      if (target.startsWith(`${room}/`) && partOf(target) !== part) targets.add(partOf(target))
    }
    parts.set(part, targets)
  }
  return parts
}

/** The parts that are in a circle: whoever imports nothing, or is imported by nobody, is in none. */
function circles(parts: Map<string, Set<string>>): string[] {
  const left = new Map([...parts].map(([part, targets]) => [part, new Set(targets)]))
  for (let count = -1; count !== left.size; ) {
    count = left.size
    const imported = new Set([...left.values()].flatMap((targets) => [...targets]))
    for (const [part, targets] of left) {
      if (targets.size > 0 && imported.has(part)) continue
      left.delete(part)
      for (const others of left.values()) others.delete(part)
    }
  }
  return [...left.keys()]
}

describe('the parts of a folder of shared/', () => {
  it.each(['resource', 'auth', 'kind', 'schemas'])('%s import each other in no circle', (room) => {
    const parts = neighbors(room)
    expect([...parts.values()].some(({ size }) => size > 0)).toBe(true)
    expect(circles(parts)).toEqual([])
  })
})

/** Files of shared/ that may name kinds or their fields. Others use annotations and declarations. */
const KIND_FILES: Readonly<Record<string, string>> = {
  'auth/access.ts': 'explains who may create an organization',
  'auth/members.ts': 'reads members',
  'auth/organization.ts': 'reads an organization',
  'auth/overview.ts': 'reads organizations',
  'auth/permissions.ts': 'the table of who may do what to which kind',
  'auth/tenancy.ts': 'the kinds that define tenancy',
  'bulk/watch-routes.ts': 'shows events of kinds as an example',
  'resource/actions/authority-collection.ts': 'actions of one kind',
  'resource/rules/organizations.ts': 'rules of one kind',
  'resource/rules/profiles.ts': 'rules of one kind',
}

/** The code of a file of shared/ without its comments. */
function codeOf(file: string): string {
  return readFileSync(join(PROJECT, 'shared', file), 'utf8').replaceAll(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, '')
}

describe('generic code of shared/', () => {
  it('names no kind and no field of a kind', () => {
    const fields = Object.values(KINDS).flatMap(({ references, sharing = {}, participant = '' }) =>
      [...Object.keys(references), ...Object.values(sharing), participant].flatMap(
        (path) => path.replace('[]', '').match(/^(?:spec\.)?(\w+)/)?.[1] ?? [],
      ),
    )
    // These are also words of the API or of tables, so only plurals count.
    const words = ['organizations', 'participants', 'visibility', 'metadata', 'cells']
    const names = [...Object.keys(KINDS), ...fields].filter((name) => !words.includes(name))
    expect(names).toEqual(expect.arrayContaining(['connectors', 'participantRef', 'allowedNamespaces']))
    const uses = new RegExp(`\\b(${names.join('|')})\\b|plural(:| =| ===) '(${words.join('|')})'`)
    const files = readdirSync(join(PROJECT, 'shared'), { recursive: true, encoding: 'utf8' })
    const naming = files.filter(
      (file) => file.endsWith('.ts') && !file.startsWith('schemas') && uses.test(codeOf(file)),
    )
    expect(naming.sort()).toEqual(Object.keys(KIND_FILES))
  })
})
