/**
 * SLSA provenance of an image as an in-toto statement, to be signed with a key that the build never sees.
 * @see {@link https://slsa.dev/spec/v1.1/provenance}
 * @see {@link https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md}
 */
import { PROJECT } from '../bundle/project.ts'
import type { Architecture, DebianPackage } from './base.ts'
import type { LockedPackage } from './lock.ts'
import { run } from './run.ts'
import { componentOf } from './sbom.ts'

/** An in-toto statement, without times, so that equal inputs give equal bytes. */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1'
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[]
  readonly predicateType: 'https://slsa.dev/provenance/v1'
  readonly predicate: object
}

/** What is known of a build. */
export interface Provenance {
  readonly name: string
  /** `sha256:…` of the image's manifest. */
  readonly digest: string
  readonly architecture: Architecture
  /** Base image, if it was given. */
  readonly base: string | undefined
  readonly debian: readonly DebianPackage[]
  /** The runtime and the packages whose code is bundled. */
  readonly npm: readonly LockedPackage[]
  /** URL of the repository of the sources. */
  readonly source: string
  /** Commit of the sources. */
  readonly commit: string
  /** URI of who built the image. */
  readonly builder: string
}

/** The provenance of an image. */
export function provenance({
  name,
  digest,
  architecture,
  base,
  debian,
  npm,
  source,
  commit,
  builder,
}: Provenance): Statement {
  const sources = { uri: `git+${source}`, digest: { gitCommit: commit } }
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: digest.replace(/^sha256:/, '') } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://docs.kaphera.com/builds/image/v1',
        externalParameters: { architecture, ...(base !== undefined && { base }) },
        resolvedDependencies: [sources, ...[...debian, ...npm].map(dependency)],
      },
      runDetails: { builder: { id: builder } },
    },
  }
}

function dependency(one: DebianPackage | LockedPackage): object {
  const { purl, hashes = [] } = componentOf(one)
  const digest = Object.fromEntries(hashes.map(({ alg, content }) => [alg.replace('SHA-', 'sha'), content]))
  return { uri: purl, digest }
}

/**
 * The commit of the sources.
 * @throws {Error} if they have changes that are not committed, which no commit describes
 */
export async function cleanCommit(): Promise<string> {
  const git = (...args: readonly string[]) => run('git', ['-C', PROJECT, ...args])
  if ((await git('status', '--porcelain')).trim() !== '') {
    throw new Error('Provenance needs sources without changes that are not committed.')
  }
  return (await git('rev-parse', 'HEAD')).trim()
}
