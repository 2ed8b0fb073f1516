/**
 * Whether tokens can be verified.
 */

import { Problem } from '../../http/problem.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import { configurationOf } from '../configuration.ts'
import { keysOf } from './keys.ts'

/** Whether tokens of the primary issuer can be verified, with the age of its keys. */
export interface IssuerReadiness {
  readonly ok: boolean
  readonly detail: string
}

/** Whether tokens of the primary issuer can be verified now. Its keys are fetched if they are not cached. */
export async function issuerReadiness(env: Environment, ctx: ExecutionContext): Promise<IssuerReadiness> {
  try {
    const { primary, policy } = configurationOf(env)
    const seconds = await keysOf(primary, policy.keys, env, ctx).age()
    return { ok: true, detail: `The keys of the issuer are ${seconds} s old.` }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return {
      ok: false,
      detail: error.code === 'not_configured' ? 'The server is not configured.' : 'The issuer does not answer.',
    }
  }
}
