/**
 * Whether slow tests run completely, as in CI (`TEST_WHOLE=1`), or only a representative part.
 */
export const WHOLE: boolean = process.env.TEST_WHOLE === '1'

/** Whether attacks are carried out at full length (`npm run test:attacks`). */
export const ATTACKS: boolean = process.env.TEST_ATTACKS === '1'

/** Of many similar cases, one in this many is tested: every one with `TEST_WHOLE=1` and on a server that CONTRACT_URL names. */
export const ONE_IN: number = WHOLE || process.env.CONTRACT_URL ? 1 : 3
