/**
 * Reads package-lock.json.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from '../bundle/project.ts'

/** A package in package-lock.json. */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  readonly license?: string
  /** Subresource integrity of the package's archive. */
  readonly integrity?: string
}

/** The packages directly in node_modules, by name. */
export async function readLock(): Promise<ReadonlyMap<string, LockedPackage>> {
  const { packages } = JSON.parse(await readFile(join(PROJECT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Omit<LockedPackage, 'name'>>
  }
  return new Map(
    Object.entries(packages).flatMap(([path, one]): [string, LockedPackage][] => {
      const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
      return name === undefined ? [] : [[name, { ...one, name }]]
    }),
  )
}
