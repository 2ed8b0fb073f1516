/** A command line that knows nothing but the server's address signs a person in (RFC 9728, RFC 8628). */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { approve } from './browser.ts'
import { serverUrl } from './client.ts'

const SCRIPT = join(PROJECT, 'infra', 'local', 'sign-in.ts')

it('signs in by device flow, and the server accepts the token', { timeout: 60_000 }, async () => {
  const script = spawn(process.execPath, [SCRIPT, serverUrl()], { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors = text(script.stderr)
  let output = ''
  for await (const chunk of script.stdout.setEncoding('utf8')) {
    const before = output
    output += chunk
    const address = /Open (\S+) and confirm/
    if (!address.test(before) && address.test(output)) await approve(address.exec(output)?.[1] ?? '', 'acme-operator')
  }
  expect(await errors).toBe('')
  const me = JSON.parse(output.slice(output.indexOf('{')))
  expect(me).toMatchObject({ kind: 'user', username: 'acme-operator' })
  expect(me.organizations.map(({ name, role }: { name: string; role: string }) => [name, role])).toContainEqual([
    'acme',
    'operator',
  ])
})

it('ends with one line if no sign-in is configured', async () => {
  const script = spawn(process.execPath, [SCRIPT, `${serverUrl()}/nowhere`], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [errors, [code]] = await Promise.all([text(script.stderr), once(script, 'exit')])
  expect(code).toBe(1)
  expect(errors.trim()).toBe(`${serverUrl()}/nowhere does not say how to sign in`)
})
