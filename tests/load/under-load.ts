/**
 * Load during a change.
 */
import { judge } from './judge.ts'
import { startLoad } from './load.ts'

/** Who is asked what, and how often. */
export interface UnderLoad {
  /** Addresses of what changes. */
  readonly changing: readonly string[]
  /** Addresses of what does not. */
  readonly others: readonly string[]
  readonly headers: Record<string, string>
  /** Requests a second to each of the two groups. */
  readonly rate: number
}

/** What the requests saw. */
export interface Outcome {
  /** Seconds that the change took, as it says. */
  readonly seconds: number
  /** Failures caused by the change, one per line: to what changes, and to what does not. */
  readonly lost: readonly string[]
  readonly lostOfOthers: readonly string[]
  /** A summary of both. */
  readonly summary: string
}

/**
 * Makes a change under load, which ends with it even if it fails.
 * @param change - Returns how many seconds it took
 */
export async function underLoad(
  { changing, others, headers, rate }: UnderLoad,
  change: () => Promise<number>,
): Promise<Outcome> {
  const loads = [startLoad(changing, headers, rate), startLoad(others, headers, rate)] as const
  const stop = () => Promise.all([loads[0].stop(), loads[1].stop()])
  const seconds = await change().catch(async (error) => {
    await stop()
    throw error
  })
  const [result, untouched] = await stop()
  const { lost, summary } = judge(result, untouched)
  return { seconds, lost, lostOfOthers: judge(untouched, untouched).lost, summary }
}
