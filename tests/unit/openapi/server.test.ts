import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startMiniflare } from '../../../infra/runtimes/miniflare.ts'
import { built } from '../../built.ts'
import { temporaryDirectory } from '../fixtures/build.ts'

describe('functions that describe the server, in workerd, without cluster and issuer', () => {
  it('answer from the build output in their bindings', async () => {
    const token = await temporaryDirectory()
    await writeFile(join(token, 'token'), 'token')
    const { texts, bundles } = built()
    const kube = 'http://127.0.0.1:9'
    const server = await startMiniflare({ kube, tokenDirectory: token, env: {}, port: 0, bundles, texts })
    onTestFinished(async () => void (await server.stop()))

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
  })
})
