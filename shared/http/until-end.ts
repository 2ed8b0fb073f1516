/**
 * What is done when a body has ended.
 */

/** An answer, with something to do when its body has ended, or at once if it has none. */
export function untilEnd(response: Response, end: () => void): Response {
  if (response.body === null) {
    end()
    return response
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  response.body.pipeTo(writable).then(end, end)
  return new Response(readable, response)
}
