/** The `X-Request-Id` of the client if it is safe in logs and headers, or a new id. */
export function requestId(request: Request): string {
  const given = request.headers.get('X-Request-Id')
  return given !== null && /^[\w=-]{1,255}$/.test(given) ? given : crypto.randomUUID()
}
