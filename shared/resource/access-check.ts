/**
 * How long what a caller may see is taken for granted while an answer goes on.
 * @module
 */

/** Milliseconds between looks at what the caller may see; with what the directory remembers less than 15 s. */
export const ACCESS_CHECK_MS = 4_500
