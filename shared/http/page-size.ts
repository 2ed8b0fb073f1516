import { wholeNumber } from './query.ts'

/** Size of a page without `limit`. */
export const DEFAULT_LIMIT = 100
/** Maximum size of a page. */
export const MAX_LIMIT = 500

/**
 * The maximum number of items in an answer.
 * @param limit - The query parameter
 * @throws {Problem} `invalid_request` if it is not a whole number from 1 to {@link MAX_LIMIT}
 */
export function pageSize(limit: string | undefined): number {
  return limit === undefined ? DEFAULT_LIMIT : wholeNumber('limit', limit, 1, MAX_LIMIT)
}
