/** The part of Bun that the adapter uses. */

/** @see {@link https://bun.com/docs/runtime/http/server} */
interface BunServer {
  readonly port: number
  readonly hostname: string
  /** Seconds without a byte after which the connection of a request is closed; 0: never. */
  timeout(request: Request, seconds: number): void
  /** From where a request comes; `null` once its connection is closed. */
  requestIP(request: Request): { readonly address: string } | null
  /** Accepts no more connections; fulfilled when all requests are answered, or at once if they are cut off. */
  stop(closeActiveConnections?: boolean): Promise<void>
}

declare const Bun: {
  /** @see {@link https://bun.com/docs/runtime/hashing} */
  readonly CryptoHasher: new (
    algorithm: 'sha256',
  ) => { update(data: BufferSource): { digest(): Uint8Array<ArrayBuffer> } }
  serve(options: {
    readonly hostname: string
    readonly port: number
    /** Whether sockets of other processes of this user may listen on the same port (SO_REUSEPORT). */
    readonly reusePort: boolean
    /** Seconds, at most 255. */
    readonly idleTimeout: number
    readonly maxRequestBodySize: number
    readonly development: false
    fetch(request: Request, server: BunServer): Promise<Response>
    error(error: Error): Response
  }): BunServer
}

/** What Bun's fetch takes beyond the standard. */
interface RequestInit {
  /** Whether a compressed answer is decompressed (default: true, and Bun then asks for a compressed one). */
  readonly decompress?: boolean
  readonly duplex?: 'half'
  readonly tls?: {
    readonly rejectUnauthorized: true
    readonly ca: readonly string[]
    readonly cert?: string
    readonly key?: string
  }
}

/** Made by the build: `infra/bundle/all-functions.ts`. */
declare module 'kaphera:functions' {
  export const functions: Readonly<
    Record<string, () => Promise<import('../../../shared/server/definition.ts').FunctionModule>>
  >
  /** Names of environment variables that are bindings. */
  export const variables: readonly string[]
  /** JSON of the definitions of all functions. */
  export const catalog: string
  /** Path of the file of each text binding. */
  export const texts: Readonly<Record<string, string>>
  export const version: string
}
