/**
 * Test files share workers. One that leaves the clock stopped would keep the next ones waiting until they time out.
 */
import { beforeAll } from 'vitest'

beforeAll(() => {
  // The mark of fake timers.
  if ('clock' in setTimeout) throw new Error('A test file that ran before this one has left the clock stopped.')
})
