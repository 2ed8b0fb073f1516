/** Milliseconds between checks of what the caller may see. Together with the TTL of the directory this is less than 15 s. */
export const ACCESS_CHECK_MS = 4_500
