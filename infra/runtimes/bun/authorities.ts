/**
 * The certificate authorities that are trusted, read again when their files change.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'

/** Milliseconds after which files are looked at again. */
const LOOK_MS = 1_000

/** Certificates in PEM. They are always named, so that no variable adds to what the runtime trusts by itself. */
export interface Authorities {
  /** For the API server: those of SSL_CERT_FILE, else of the ServiceAccount, else public ones. */
  ofCluster(): readonly string[]
  /** For issuers, which may be inside the cluster: public ones and those of SSL_CERT_FILE. */
  ofIssuers(): readonly string[]
}

/** Where certificates are. */
export interface AuthoritiesOptions {
  /** SSL_CERT_FILE: a file of certificates. */
  readonly file: string | undefined
  /** SSL_CERT_DIR: directories of such files, separated by colons, in place of the public authorities that the runtime knows. */
  readonly directories: string | undefined
  /** The projected ServiceAccount directory, with `ca.crt`. */
  readonly serviceAccount: string | undefined
}

/** Reads the files when they are first needed. A file that is missing or cannot be read has no certificates. */
export function createAuthorities({ file, directories, serviceAccount }: AuthoritiesOptions): Authorities {
  const none = (): string => ''
  const own = file === undefined ? none : reread(file, textOf, '')
  const cluster = serviceAccount === undefined ? none : reread(join(serviceAccount, 'ca.crt'), textOf, '')
  const read = directories?.split(':').map((directory) => reread<readonly string[]>(directory, certificatesIn, []))
  const open = (): readonly string[] => {
    const found = read === undefined ? rootCertificates : [...new Set(read.flatMap((one) => one()))]
    // With an empty list the runtime would choose the authorities itself.
    if (found.length === 0) throw new Error(`SSL_CERT_DIR (${directories}) has no certificates`)
    return found
  }
  return {
    ofCluster() {
      const found = own() || cluster()
      return found === '' ? open() : [found]
    },
    ofIssuers: () => [...open(), own()].filter((text) => text !== ''),
  }
}

/** Reads a file or directory again when it has changed. The kubelet replaces what it projects, which a look at either shows. */
function reread<Content>(path: string, read: (path: string) => Content, none: Content): () => Content {
  let content = none
  let known = ''
  let lookedAt = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - lookedAt < LOOK_MS) return content
    lookedAt = performance.now()
    try {
      const { ino, mtimeMs, size } = statSync(path)
      const state = `${ino} ${mtimeMs} ${size}`
      if (state !== known) content = read(path)
      known = state
    } catch {
      // The content that was read last stays valid.
    }
    return content
  }
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8')
}

function certificatesIn(directory: string): string[] {
  // Names of hashes are links to the others.
  const names = readdirSync(directory).filter((name) => /\.(pem|crt)$/.test(name))
  return names.map((name) => readFileSync(join(directory, name), 'utf8').trim())
}
