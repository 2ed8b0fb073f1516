/**
 * How many items a page has.
 * @module
 */
import { wholeNumber } from './query.ts'

/** Objects in a page unless `limit` says otherwise. */
export const DEFAULT_LIMIT = 100
/** Objects that a page can have at most. */
export const MAX_LIMIT = 500
/**
 * How many items an answer has at most.
 * @param limit - Of the query
 * @throws {Problem} `invalid_request` with its rule
 */
export function pageSize(limit: string | undefined): number {
  return limit === undefined ? DEFAULT_LIMIT : wholeNumber('limit', limit, 1, MAX_LIMIT)
}
