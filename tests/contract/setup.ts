/**
 * Starts the server for the contract suite on first use, unless CONTRACT_URL names one: all functions with embedded parts, in
 * the single binary at SERVER_BINARY or in Miniflare. The suite only uses HTTP, so it is the same for all of them.
 */
import type { TestProject } from 'vitest/node'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { offer } from '../background.ts'
import offerBuild, { build } from '../build.ts'
import { RUNTIME } from '../runtime.ts'
import type { Served } from './client.ts'
import { recordLine } from './traffic.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the server under test. */
    server: string
  }
}

/** Offers a server. @returns A function that stops it */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await offerBuild()
  let local: Local | undefined
  const start = async (): Promise<Served> => {
    const given = process.env.CONTRACT_URL
    if (given) return { url: given }
    const functions = RUNTIME === undefined ? await build() : { runtime: RUNTIME }
    local = await startLocal({ ...functions, speed: 8, onLine: recordLine })
    return { url: local.url }
  }
  const server = await offer(start)
  project.provide('server', server.url)
  return async () => {
    await server.settled()
    await local?.stop()
  }
}
