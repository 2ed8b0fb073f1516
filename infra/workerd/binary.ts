/**
 * The runtime's executable.
 * @module
 */
import { createRequire } from 'node:module'

interface Workerd {
  readonly default: string
  readonly compatibilityDate: string
}

const workerd = createRequire(import.meta.url)('workerd') as Workerd

/** Path of the workerd executable for this platform. */
export function workerdBinary(): string {
  return workerd.default
}

/** The newest compatibility date that it knows, `YYYY-MM-DD`. */
export function newestCompatibilityDate(): string {
  return workerd.compatibilityDate
}
