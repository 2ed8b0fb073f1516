/**
 * A directory as the kubelet projects the ServiceAccount token into a pod: `token` is a link to `..data/token`, `..data` a
 * link to a directory with a unique name, which is replaced in one step.
 * @see {@link https://kubernetes.io/docs/tasks/configure-pod-container/configure-projected-volume-storage/}
 */
import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files of one projection by name. */
export type Projection = Readonly<Record<'token' | 'ca.crt' | 'namespace', string>>

/** A projected directory. */
export interface ProjectedDirectory {
  readonly path: string
  /** Replaces all files at once; the old ones are gone afterwards. */
  project(files: Projection): void
}

/** Makes the directory and projects files into it for the first time. */
export function projectDirectory(path: string, files: Projection): ProjectedDirectory {
  mkdirSync(path)
  let count = 0
  const project = (next: Projection): void => {
    count += 1
    const before = count === 1 ? undefined : readlinkSync(join(path, '..data'))
    const name = `..projection-${count}`
    mkdirSync(join(path, name))
    for (const [file, text] of Object.entries(next)) writeFileSync(join(path, name, file), text)
    symlinkSync(name, join(path, '..data_tmp'))
    renameSync(join(path, '..data_tmp'), join(path, '..data'))
    if (before !== undefined) rmSync(join(path, before), { recursive: true })
  }
  project(files)
  for (const file of Object.keys(files)) symlinkSync(`..data/${file}`, join(path, file))
  return { path, project }
}
