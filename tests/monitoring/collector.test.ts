/** Traces of the built functions, as an OpenTelemetry Collector understands them. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startProcess } from '../../infra/runtimes/process.ts'
import { freePort } from '../cluster/harness/ports.ts'
import { spansOf } from '../unit/fixtures/collector.ts'
import { journey, missingIn, startTraced } from '../unit/fixtures/traced.ts'
import type { Json } from '../unit/fixtures/world.ts'
import { collector } from './programs.ts'

let command = ''
beforeAll(async () => {
  command = await collector()
})

/** Starts a collector that sends on what it has understood. It is stopped after the test. */
async function startCollector(): Promise<{ readonly address: string; readonly received: Json[] }> {
  const received: Json[] = []
  const sink = createServer(async (request, response) => {
    received.push(await json(request))
    response.end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => sink.close().closeAllConnections())
  await once(sink, 'listening')
  const port = await freePort()
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      otlp_http: {
        endpoint: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
        encoding: 'json',
        compression: 'none',
        sending_queue: { enabled: false },
      },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: ['otlp_http'] } },
    },
  }
  const running = await startProcess({
    command,
    args: [`--config=yaml:${JSON.stringify(config)}`],
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    port: (_, lines) =>
      new Promise((resolve) => lines((line) => line.includes('Everything is ready') && resolve(port))),
  })
  onTestFinished(async () => void (await running.stop()))
  return { address: running.url, received }
}

describe('a collector', () => {
  it.each(['http/protobuf', 'http/json'])('understands spans in %s', async (protocol) => {
    const { address, received } = await startCollector()
    const send = await startTraced(address, {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=t%C3%A4st',
    })
    await journey(send)
    const spans = () => received.flatMap(spansOf)
    await vi.waitFor(() => expect(missingIn(spans())).toEqual([]), 10_000)
    const [vaults] = spans().filter(({ name }) => name === 'GET /v1/organizations/{organization}/vaults')
    expect(vaults).toMatchObject({
      kind: 'server',
      isError: false,
      attributes: { 'http.response.status_code': 200, 'url.path': '/v1/organizations/acme/vaults' },
    })
    expect(vaults?.nanoseconds).toBeGreaterThanOrEqual(0n)
    const { attributes } = received[0].resourceSpans[0].resource
    expect(attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'kaphera-cloud-server' } })
    expect(attributes).toContainEqual({ key: 'deployment.environment.name', value: { stringValue: 'täst' } })
  })

  it('tells what is wrong with a request, and the functions say so', async () => {
    const { address } = await startCollector()
    const lines: string[] = []
    // Nothing is served there.
    const send = await startTraced(`${address}/elsewhere`, {}, (line) => lines.push(line))
    expect((await send('/v1/organizations/acme/vaults')).status).toBe(200)
    await vi.waitFor(() => expect(lines.join()).toContain('the collector answered 404'), 10_000)
  })
})
