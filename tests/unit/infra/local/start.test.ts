import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { demoToken } from '../../../../infra/local/issuer/tokens.ts'
import { temporaryDirectory } from '../../fixtures/build.ts'

const START_MS = 120_000

/** Starts a server as a user does, in its own process group as in a terminal. */
async function start() {
  const directory = await temporaryDirectory()
  const state = join(directory, 'state.json')
  const temporary = join(directory, 'tmp')
  mkdirSync(temporary)
  const child = spawn('npm', ['start', '--', '--state', state], {
    cwd: PROJECT,
    detached: true,
    env: { ...process.env, PORT: '0', TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const group = -(child.pid as number)
  onTestFinished(() => {
    if (isRunning(group)) process.kill(group, 'SIGKILL')
  })
  let output = ''
  const closed = once(child, 'close')
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  while (!output.includes('Press Ctrl-C')) {
    if (child.exitCode !== null) throw new Error(output)
    await sleep(50)
  }
  const urlOf = (name: string): string => new RegExp(`^ +${name} +(http\\S+)`, 'm').exec(output)?.[1] ?? ''
  return { child, group, closed, state, temporary, api: urlOf('API'), issuer: urlOf('issuer'), output: () => output }
}

/** Whether a process of the group is left, other than one that has ended and waits for its parent. */
function isRunning(group: number): boolean {
  try {
    return process.kill(group, 0)
  } catch {
    return false
  }
}

it(
  'leads browsers to the reference, saves what has just changed and removes all temporary files after Ctrl-C',
  async () => {
    const { group, closed, state, temporary, api, issuer, output } = await start()
    const page = await fetch(api, { headers: { Accept: 'text/html,*/*;q=0.8' }, redirect: 'manual' })
    expect([page.status, page.headers.get('Location')]).toEqual([302, '/docs'])
    expect((await fetch(api)).status).toBe(404)
    const created = await fetch(`${api}/v1/organizations`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${await demoToken(issuer, 'platform-admin')}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ metadata: { name: 'latest' }, spec: { displayName: 'Latest' } }),
    })
    expect(created.status, await created.text()).toBe(201)
    // The terminal sends it to all processes, and npm once more to the server.
    process.kill(group, 'SIGINT')
    const [code] = await closed
    expect([code, output()]).toEqual([0, expect.stringMatching(/^stopping …$/m)])
    expect(readFileSync(state, 'utf8')).toContain('"latest"')
    expect(readdirSync(temporary)).toEqual([])
  },
  START_MS,
)
