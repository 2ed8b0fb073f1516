/**
 * Races against others who change the same object.
 * @module
 */
import { LostRace } from '../../kube/index.ts'

/** How often something is tried when others are faster. */
const ATTEMPTS = 50
/** After how many attempts there is a pause before the next, and of how many milliseconds at most. */
const CROWD = 5
const BREATH_MS = 50

/**
 * Does what others can be faster with, again and again until nobody was.
 * @param attempt - Reads, decides and writes anew each time
 * @throws what it throws; {@link LostRace} once it has been tried often enough
 */
export async function untilWon<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof LostRace) || count === ATTEMPTS) throw error
      // Lets others go first once there is a crowd.
      if (count > CROWD) await new Promise((resolve) => setTimeout(resolve, Math.random() * BREATH_MS))
    }
  }
}
