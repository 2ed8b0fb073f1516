import { describe, expect, it } from 'vitest'
import { folderOf, mutated } from '../../mutation/folders.ts'
import { percent, rowsOf } from '../../mutation/score.ts'

describe('a mutation score', () => {
  it('is the part of the mutants that a test noticed, by failing or by never ending', () => {
    const statuses = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'CompileError', 'Ignored']
    const report = {
      files: {
        'a.ts': { mutants: statuses.map((status) => ({ status })) },
        'b.ts': { mutants: [{ status: 'Killed' }] },
        'c.ts': { mutants: [] },
      },
    }
    const { rows, total } = rowsOf(report)
    expect(rows.map((row) => `${percent(row)} ${row.file}`)).toEqual([' 50.0 % a.ts', '100.0 % b.ts', '100.0 % c.ts'])
    expect(total).toEqual({ noticed: 3, unnoticed: 2 })
  })
})

describe('a folder in another one', () => {
  it.each([
    ['shared/auth/roles.ts', 'auth'],
    ['shared/resource/read/list.ts', 'read'],
    ['shared/resource/write/write.ts', 'resource'],
    ['shared/resource/readable.ts', 'resource'],
    ['shared/http/query.ts', undefined],
  ])('has its files: %s', (file, folder) => {
    expect(folderOf(file)).toBe(folder)
  })

  it('is not mutated with the other one', () => {
    expect(mutated('resource')).toEqual([
      'shared/resource/**/*.ts',
      '!shared/resource/read/**',
      '!shared/resource/watch/**',
    ])
    expect(mutated('read')).toEqual(['shared/resource/read/**/*.ts'])
  })
})
