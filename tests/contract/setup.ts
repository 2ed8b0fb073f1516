/**
 * Starts the server for the contract suite unless CONTRACT_URL names one: all functions with embedded parts, in the single
 * binary at SERVER_BINARY or in Miniflare. The suite only uses HTTP, so it is the same for all of them.
 */
import type { TestProject } from 'vitest/node'
import { type Local, startLocal } from '../../infra/local/local.ts'
import serveBuild, { build } from '../build.ts'
import { RUNTIME } from '../runtime.ts'
import { recordLine } from './traffic.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Base URL of the server, without a trailing slash. */
    url: string
  }
}

/** Starts the server if none is given. @returns Stops it */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.CONTRACT_URL
  const local = given ? undefined : await start()
  project.provide('url', given || (local?.url ?? ''))
  return async () => local?.stop()
}

async function start(): Promise<Local> {
  const options = { speed: 8, onLine: recordLine }
  if (RUNTIME !== undefined) return startLocal({ ...options, runtime: RUNTIME })
  await serveBuild()
  return startLocal({ ...options, ...(await build()) })
}
