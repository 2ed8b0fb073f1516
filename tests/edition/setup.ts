/**
 * Builds the edition of infra/examples/edition in a directory outside of the project, which has no node_modules, and starts it.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildAll } from '../../infra/bundle/build.ts'
import { editionOf } from '../../infra/bundle/edition.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { render, toYaml } from '../../infra/knative/render.ts'
import { readValues } from '../../infra/knative/values.ts'
import { startLocal } from '../../infra/local/local.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Directory of the edition. */
    directory: string
    /** Its installation, as YAML. */
    rendered: string
  }
}

const VALUES = [
  `image=registry.example/kaphera-cloud-server@sha256:${'0'.repeat(64)}`,
  'publicUrl=https://api.example',
  'oidc.issuer=https://issuer.example',
  'oidc.audience=kaphera-cloud',
]

/** Builds and starts it. @returns Stops and removes it */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-edition-'))
  await cp(join(PROJECT, 'infra', 'examples', 'edition'), directory, { recursive: true })
  const edition = editionOf({
    edition: 'audited',
    functions: [join(directory, 'functions')],
    crds: [join(directory, 'crds')],
    out: join(directory, 'dist'),
  })
  const build = await buildAll({ edition })
  const local = await startLocal({ ...build, speed: 8 })
  project.provide('directory', directory)
  project.provide('url', local.url)
  project.provide('rendered', toYaml(render(build, await readValues([], VALUES), 'knative')))
  return async () => {
    await local.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
