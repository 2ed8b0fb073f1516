import { describe, expect, it } from 'vitest'
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
