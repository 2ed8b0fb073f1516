/**
 * Can tokens be verified?
 * @module
 */

import { Problem } from '../../http/problem.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import { configurationOf } from '../configuration.ts'
import { keysOf } from './keys.ts'

/** Whether tokens of the primary issuer can be verified, and how old the keys for it are. */
export interface IssuerReadiness {
  readonly ok: boolean
  readonly detail: string
}

/** Whether tokens of the primary issuer can be verified now; its keys are fetched if they are not at hand. */
export async function issuerReadiness(env: Environment, ctx: ExecutionContext): Promise<IssuerReadiness> {
  try {
    const { issuers, policy } = configurationOf(env)
    const primary = [...issuers.values()].find(({ isPrimary }) => isPrimary)
    if (primary === undefined) return { ok: false, detail: 'no issuer is configured' }
    const seconds = await keysOf(primary, policy.keys, env, ctx).age()
    return { ok: true, detail: `the keys of the issuer are ${seconds} s old` }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return {
      ok: false,
      detail: error.code === 'not_configured' ? 'no issuer is configured' : 'the issuer does not answer',
    }
  }
}
