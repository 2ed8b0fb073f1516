/**
 * Whether slow tests run completely, as in CI (`TEST_WHOLE=1`), or only a representative part.
 */
export const WHOLE: boolean = process.env.TEST_WHOLE === '1'

/** Whether attacks are carried out at full length (`npm run test:attacks`). */
export const ATTACKS: boolean = process.env.TEST_ATTACKS === '1'
