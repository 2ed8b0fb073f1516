import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'

const text = readFileSync(join(PROJECT, 'ARCHITECTURE.md'), 'utf8')

describe('ARCHITECTURE.md', () => {
  it('names files that exist', () => {
    const files = [...text.matchAll(/`((?:functions|shared|infra|tests)\/[\w./-]*)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(15)
    expect(files.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([])
  })

  it('leads to a created connector in at most 15 steps', () => {
    const steps = text.match(/^\d+\. `/gm) ?? []
    expect(steps.length).toBeGreaterThan(10)
    expect(steps.length).toBeLessThanOrEqual(15)
  })
})

describe('the rooms of shared/', () => {
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
