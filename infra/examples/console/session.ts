/**
 * The user's session in this page. Tokens are only in memory: a script of another page cannot read them, and they are gone when
 * the page is. A reload signs in again, which the issuer answers without asking as long as its own session lasts.
 */
import {
  authorizationUrl,
  codeOf,
  discover,
  exchange,
  type Metadata,
  newAttempt,
  OAuthError,
  type Pending,
  refresh,
  type SignIn,
  signOutUrl,
  type Tokens,
} from './oauth.ts'

const PENDING = 'console.pending'
/** Set while this tab is signed in: a reload then tries to sign in without asking. */
const WAS_SIGNED_IN = 'console.signed-in'
/** A token is renewed this long before it expires, in milliseconds; at half of its life if that is shorter. */
const MARGIN_MS = 30_000

/** A session, signed in or not. */
export class Session {
  readonly #metadata: Metadata
  readonly #signIn: SignIn
  readonly #onEnd: () => void
  #tokens: Tokens | undefined
  #renewal: Promise<Tokens> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  private constructor(metadata: Metadata, signIn: SignIn, onEnd: () => void) {
    this.#metadata = metadata
    this.#signIn = signIn
    this.#onEnd = onEnd
  }

  /**
   * A session of this page. If the issuer has just sent the browser back, it takes the answer.
   * @param onEnd - Called when the session has ended and cannot be renewed
   * @throws {OAuthError} if the issuer refused
   */
  static async open(signIn: SignIn, onEnd: () => void): Promise<Session> {
    const session = new Session(await discover(signIn.issuer), signIn, onEnd)
    const answer = new URLSearchParams(location.search)
    if (answer.has('state')) await session.#finish(answer)
    else if (sessionStorage.getItem(WAS_SIGNED_IN) !== null) await session.begin({ silent: true })
    return session
  }

  get isSignedIn(): boolean {
    return this.#tokens !== undefined
  }

  /**
   * Leaves the page for the issuer's. Does not return.
   * @param options - `silent`: only if the issuer need not ask
   */
  async begin({ silent = false }: { silent?: boolean } = {}): Promise<never> {
    sessionStorage.removeItem(WAS_SIGNED_IN)
    const attempt = newAttempt(location.hash)
    sessionStorage.setItem(PENDING, JSON.stringify(attempt))
    location.assign(await authorizationUrl(this.#metadata, this.#signIn, attempt, silent))
    return new Promise(() => undefined)
  }

  /** Signs out here and at the issuer. Leaves the page. */
  signOut(): void {
    sessionStorage.removeItem(WAS_SIGNED_IN)
    location.assign(signOutUrl(this.#metadata, this.#signIn, this.#tokens) ?? location.pathname)
    this.#take(undefined)
  }

  /**
   * A token that is valid now.
   * @param refused - A token that the server has just refused: it is renewed whatever its time says
   * @throws {OAuthError} if the session has ended
   */
  async token(refused?: string): Promise<string> {
    const tokens = this.#tokens
    if (tokens === undefined) throw new OAuthError('login_required', 'You are signed out.')
    const isValid = tokens.expires > Date.now() && tokens.access !== refused
    return (isValid ? tokens : await this.#renew(tokens)).access
  }

  /** Renews the token. Callers that ask at the same time share one request, since a refresh token may be valid once. */
  #renew(tokens: Tokens): Promise<Tokens> {
    this.#renewal ??= refresh(this.#metadata, this.#signIn, tokens)
      .then((renewed) => {
        this.#take(renewed)
        return renewed
      })
      .catch((error: unknown) => {
        // Anything else, such as a network that is away, is worth another attempt.
        if (error instanceof OAuthError && error.code === 'invalid_grant') {
          this.#take(undefined)
          this.#onEnd()
        }
        throw error
      })
      .finally(() => {
        this.#renewal = undefined
      })
    return this.#renewal
  }

  #take(tokens: Tokens | undefined): void {
    clearTimeout(this.#timer)
    this.#tokens = tokens
    if (tokens === undefined) return
    sessionStorage.setItem(WAS_SIGNED_IN, '')
    const life = tokens.expires - Date.now()
    const renew = (): void => void this.#renew(tokens).catch(() => undefined)
    this.#timer = setTimeout(renew, Math.max(life - MARGIN_MS, life / 2))
  }

  async #finish(answer: URLSearchParams): Promise<void> {
    const pending = takePending()
    // The code must not stay in the history.
    history.replaceState(null, '', location.pathname + (pending?.hash ?? ''))
    try {
      const code = codeOf(answer, pending, this.#metadata)
      this.#take(await exchange(this.#metadata, this.#signIn, code, pending?.verifier ?? ''))
    } catch (error) {
      // The issuer's own session has ended, too: the user has to sign in.
      if (error instanceof OAuthError && error.code === 'login_required') return
      throw error
    }
  }
}

function takePending(): Pending | undefined {
  const text = sessionStorage.getItem(PENDING)
  sessionStorage.removeItem(PENDING)
  return text === null ? undefined : JSON.parse(text)
}
