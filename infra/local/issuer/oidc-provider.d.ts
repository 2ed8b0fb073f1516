/**
 * The part of oidc-provider 9 that the embedded issuer uses; the package has no types.
 * @see {@link https://github.com/panva/node-oidc-provider/blob/v9.x/docs/README.md}
 */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Client {
    readonly clientId: string
    readonly clientName?: string
    grantTypeAllowed(type: string): boolean
  }

  export interface Token {
    readonly kind: string
    readonly clientId: string
    readonly accountId?: string
    readonly expiration: number
    scope?: string
    resourceServer?: ResourceServer
    save(): Promise<string>
  }

  export interface Grant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export interface IdToken {
    scope: string
    issue(options: { use: 'idtoken' }): Promise<string>
  }

  export interface ResourceServer {
    readonly scopes: ReadonlySet<string>
  }

  export interface Context {
    body: unknown
    type: string
    readonly oidc: {
      readonly client: Client
      readonly params: Readonly<Record<string, string | undefined>>
      readonly requestParamScopes: ReadonlySet<string>
      readonly session: { readonly accountId: string }
      readonly provider: Provider
      entity(name: string, value: unknown): void
    }
  }

  export interface Account {
    readonly accountId: string
    claims(): Record<string, unknown>
  }

  export interface Interaction {
    readonly uid: string
    readonly params: Readonly<Record<string, unknown>>
  }

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    readonly Client: { readonly prototype: Record<string, unknown> }
    readonly AccessToken: new (
      properties: Record<string, unknown>,
    ) => Token
    readonly RefreshToken: new (
      properties: Record<string, unknown>,
    ) => Token
    readonly IdToken: new (
      claims: Record<string, unknown>,
      options: { ctx: Context },
    ) => IdToken
    readonly Grant: new (
      properties: Record<string, unknown>,
    ) => Grant
    readonly ResourceServer: new (
      identifier: string,
      info: Record<string, unknown>,
    ) => ResourceServer
    registerGrantType(name: string, handler: (ctx: Context) => Promise<void>, parameters: readonly string[]): void
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
    on(event: 'server_error', listener: (ctx: Context, error: Error) => void): this
  }

  export namespace interactionPolicy {
    interface Policy {
      remove(prompt: string): void
    }
    function base(): Policy
  }

  export const errors: {
    readonly CustomOIDCProviderError: new (error: string, description: string) => Error & { statusCode: number }
    readonly SessionNotFound: new (...args: never[]) => Error
  }
}

declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  /** A bounded in-memory store for each call. */
  export function createMemoryAdapter(clockTolerance?: number): (model: string) => object
}
