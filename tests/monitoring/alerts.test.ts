/** Alert rules and the queries of the dashboard, judged by promtool. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dump, load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { promtool } from './programs.ts'

const MONITORING = join(PROJECT, 'infra', 'monitoring')
const directory = mkdtempSync(join(tmpdir(), 'kaphera-alerts-'))
afterAll(() => rmSync(directory, { recursive: true }))

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[]
}
const { spec } = load(readFileSync(join(MONITORING, 'alerts.yaml'), 'utf8')) as { readonly spec: Rules }
writeFileSync(join(directory, 'alerts.yaml'), dump(spec))

let command = ''
beforeAll(async () => {
  command = await promtool()
})
const run = (...args: readonly string[]) => promisify(execFile)(command, args, { cwd: directory })

describe('the alert rules', () => {
  it('are valid', async () => {
    const { stdout } = await run('check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yaml')
    expect(stdout).toContain(`SUCCESS: ${spec.groups.flatMap(({ rules }) => rules).length} rules found`)
  })

  it('fire when they should, and only then', async () => {
    copyFileSync(join(import.meta.dirname, 'alerts.test.yaml'), join(directory, 'alerts.test.yaml'))
    const { stdout } = await run('test', 'rules', 'alerts.test.yaml')
    expect(stdout).toContain('SUCCESS')
  })

  it('have a test each, in which they fire', () => {
    const tests = load(readFileSync(join(import.meta.dirname, 'alerts.test.yaml'), 'utf8')) as {
      readonly tests: readonly {
        readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[]
      }[]
    }
    const all = tests.tests.flatMap(({ alert_rule_test }) => alert_rule_test)
    const firing = all.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname)
    const quiet = all.filter(({ exp_alerts }) => exp_alerts.length === 0).map(({ alertname }) => alertname)
    const alerts = spec.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
    expect(alerts.filter((alert) => !firing.includes(alert) || !quiet.includes(alert))).toEqual([])
  })
})

describe('the queries of the dashboard', () => {
  interface Panel {
    readonly targets: readonly { readonly expr: string }[]
  }
  const { panels } = JSON.parse(readFileSync(join(MONITORING, 'dashboard.json'), 'utf8')) as {
    readonly panels: readonly Panel[]
  }
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

  it.each(queries)('are PromQL: %s', async (query) => {
    const plain = query.replaceAll('$__rate_interval', '5m').replaceAll('$function', '.*')
    expect(plain).not.toContain('$')
    const { stdout } = await run('--experimental', 'promql', 'format', plain)
    expect(stdout).toContain('kaphera_')
  })
})
