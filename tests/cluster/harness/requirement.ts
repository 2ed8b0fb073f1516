/**
 * The tools that the real components need, and the one line that a missing one is worth.
 */
import { execFileSync } from 'node:child_process'

/** A tool is not installed, or unusable. Its message says what to install; no stack trace helps anyone. */
export class MissingRequirement extends Error {
  override readonly name: string = 'MissingRequirement'
}

/** What is needed, how to see that it is there, and what to install if not. */
const REQUIREMENTS = {
  go: {
    probe: ['go', 'version'],
    install: 'Go 1.26 or newer, https://go.dev/dl/ (builds kube-apiserver, etcd, kubectl)',
  },
  java: {
    probe: ['java', '-version'],
    install: 'a Java runtime, version 17 or newer, https://adoptium.net (runs Keycloak)',
  },
  maven: { probe: ['mvn', '--version'], install: 'Maven 3, https://maven.apache.org/install.html (fetches Keycloak)' },
  cargo: { probe: ['cargo', '--version'], install: 'Rust, https://rustup.rs (builds a native server for comparison)' },
  nginx: { probe: ['nginx', '-v'], install: 'nginx (compresses answers on the way to the client)' },
  openssl: { probe: ['openssl', 'version'], install: 'OpenSSL 3 (makes the certificates of the cluster)' },
} as const

/** A tool outside npm that this directory uses. */
export type Requirement = keyof typeof REQUIREMENTS

/**
 * Makes sure that a tool can be run.
 * @throws {MissingRequirement} with one line that says what to install
 */
export function requireTool(tool: Requirement): void {
  const { probe, install } = REQUIREMENTS[tool]
  const [command, ...args] = probe
  try {
    execFileSync(command, args, { stdio: 'ignore' })
  } catch {
    throw new MissingRequirement(`${command} was not found. Install ${install}.`)
  }
}

/**
 * Makes sure that several tools can be run.
 * @throws {MissingRequirement} with one line about all that are missing
 */
export function requireTools(needed: readonly Requirement[]): void {
  const missing = needed.flatMap((tool) => {
    try {
      requireTool(tool)
      return []
    } catch (error) {
      return error instanceof MissingRequirement ? [error.message] : []
    }
  })
  if (missing.length > 0) throw new MissingRequirement(missing.join(' '))
}
