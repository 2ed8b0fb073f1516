/**
 * The runtime's executable.
 * @module
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Path of the workerd executable for this platform. */
export function workerdBinary(): string {
  return require('workerd').default
}
