import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildAll } from '../../infra/bundle/build.ts'
import { workerdBinary } from '../../infra/workerd/binary.ts'
import { startServer } from '../../infra/workerd/process.ts'
import { temporaryDirectory } from './fixtures.ts'

describe('the functions that describe the server, in workerd, without a cluster and an issuer', () => {
  it('answer from what the build has put into their bindings', async () => {
    const [out, token] = [await temporaryDirectory(), await temporaryDirectory()]
    await writeFile(join(token, 'token'), 'token')
    const { texts, bundles } = await buildAll({ out })
    const server = await startServer({
      command: workerdBinary(),
      args: ['serve', join(out, 'workerd', 'config.capnp'), 'config'],
      external: { kube: '127.0.0.1:9' },
      directories: { 'kube-token': token },
    })
    onTestFinished(async () => void (await server.stop('SIGKILL')))

    const document = await fetch(`${server.url}/openapi.json`)
    expect(await document.text()).toBe(texts['openapi.json'])
    for (const [path, file] of [
      ['/docs', 'docs/index.html'],
      ['/docs/reference.js', 'docs/reference.js'],
      ['/docs/reference.css', 'docs/reference.css'],
    ] as const) {
      expect(await (await fetch(server.url + path)).text(), path).toBe(texts[file])
    }

    const capabilities = await fetch(`${server.url}/capabilities`)
    expect(capabilities.status).toBe(200)
    const body = (await capabilities.json()) as { resources: { served: unknown }[]; signIn: unknown }
    expect(body.signIn).toBeNull()
    expect(body.resources).toHaveLength(bundles.filter(({ definition }) => definition.resource !== undefined).length)
    expect(new Set(body.resources.map(({ served }) => served))).toEqual(new Set([null]))
  }, 120_000)
})
