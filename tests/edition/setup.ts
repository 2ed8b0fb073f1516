/**
 * Builds the edition of infra/examples/edition in a directory outside of the project, which has no node_modules, and starts it on
 * first use.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { editionOf } from '../../infra/bundle/edition.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { render, toYaml } from '../../infra/knative/render.ts'
import { readValues } from '../../infra/knative/values.ts'
import { startLocal } from '../../infra/local/local.ts'
import { offer } from '../background.ts'
import { buildInChild } from '../build.ts'
import type { Served } from '../contract/client.ts'

/** The edition under test. */
export interface ServedEdition extends Served {
  /** Its directory. */
  readonly directory: string
  /** Its installation, as YAML. */
  readonly rendered: string
}

const VALUES = [
  `image=registry.example/kaphera-cloud-server@sha256:${'0'.repeat(64)}`,
  'publicUrl=https://api.example',
  'oidc.issuer=https://issuer.example',
  'oidc.audience=kaphera-cloud',
]

/** Offers it. @returns A function that stops and removes it */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ends: (() => Promise<void>)[] = []
  const start = async (): Promise<ServedEdition> => {
    const directory = await mkdtemp(join(tmpdir(), 'kaphera-edition-'))
    ends.push(() => rm(directory, { recursive: true, force: true }))
    await cp(join(PROJECT, 'infra', 'examples', 'edition'), directory, { recursive: true })
    const build = await buildInChild(
      editionOf({
        edition: 'audited',
        functions: [join(directory, 'functions')],
        crds: [join(directory, 'crds')],
        out: join(directory, 'dist'),
      }),
    )
    const local = await startLocal({ ...build, speed: 8 })
    ends.push(local.stop)
    const rendered = toYaml(render(build, await readValues([], VALUES), 'knative'))
    return { url: local.url, directory, rendered }
  }
  const server = await offer(start)
  project.provide('server', server.url)
  return async () => {
    await server.settled()
    await Promise.all(ends.map((end) => end()))
  }
}
