/**
 * What the contract suite runs against: the server at CONTRACT_URL, or, without it, all functions in Miniflare with embedded
 * parts. The suite speaks HTTP only, so it cannot tell the difference.
 * @module
 */
import type { TestProject } from 'vitest/node'
import { startLocal } from '../../infra/local/local.ts'
import { recordLine } from './traffic.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Base URL of the server, without a trailing slash. */
    url: string
  }
}

/** Starts the server if none is given; returns what ends it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.CONTRACT_URL
  const local = given ? undefined : await startLocal({ speed: 8, onLine: recordLine })
  project.provide('url', given || (local?.url ?? ''))
  return async () => local?.stop()
}
