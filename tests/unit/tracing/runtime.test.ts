/** Traces of the built functions in their runtime: what a collector that fails does to clients, and what a good one gets. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type Arrived, spansOf } from '../fixtures/collector.ts'
import { journey, missingIn, startTraced } from '../fixtures/traced.ts'

/** A collector that leaves requests open until it is told to answer. */
async function startCollector() {
  const open: ServerResponse[] = []
  const spans: Arrived[] = []
  let answers: ((response: ServerResponse) => void) | undefined
  const server = createServer(async (request, response) => {
    spans.push(...spansOf(await json(request)))
    if (answers === undefined) open.push(response)
    else answers(response)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => server.close().closeAllConnections())
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    spans,
    answer(how: (response: ServerResponse) => void) {
      answers = how
      for (const response of open.splice(0)) how(response)
    },
  }
}

it('no answer waits for the collector, and calls between functions are one trace', async () => {
  const collector = await startCollector()
  const lines: string[] = []
  const send = await startTraced(collector.address, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, (line) =>
    lines.push(line),
  )
  for (let count = 0; count < 5; count += 1) expect((await send('/v1/organizations/acme/vaults')).status).toBe(200)
  await vi.waitFor(() => expect(collector.open).not.toEqual([]), 10_000)
  // The collector has not answered yet.
  for (let count = 0; count < 5; count += 1) expect((await send('/v1/organizations/acme/vaults')).status).toBe(200)
  collector.answer((response) => response.writeHead(400).end())
  await vi.waitFor(() => expect(lines.join()).toContain('the collector answered 400'), 10_000)
  collector.answer((response) => response.end('{}'))
  await journey(send)
  await vi.waitFor(() => expect(missingIn(collector.spans)).toEqual([]), 10_000)
  const decisions = lines.filter((line) => line.includes('"event":"decision"')).map((line) => JSON.parse(line))
  const recorded = new Set(collector.spans.map(({ traceId }) => traceId))
  expect(decisions.filter(({ traceId }) => recorded.has(traceId)).length).toBeGreaterThan(5)
})
