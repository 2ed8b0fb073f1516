/**
 * Streams on their way to clients.
 */

/** A stream with something to do when it has ended. One that breaks ends at once: a pipe would wait for the client to take what came before. */
export function relay(response: Response, end: () => void): Response {
  if (response.body === null) {
    end()
    return response
  }
  const reader = response.body.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        reader.closed.catch((error) => controller.error(error)).finally(end)
      },
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, response)
}
