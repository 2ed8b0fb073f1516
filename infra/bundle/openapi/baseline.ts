/**
 * The baseline: the committed surface of the published API. A change that breaks clients of it fails the check.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenApiDocument } from '../../../shared/openapi/document.ts'
import { PROJECT } from '../project.ts'
import { breakingChanges, type Surface, surfaceOf } from './surface.ts'

const FILE = join(PROJECT, 'tests', 'openapi', 'baseline.json')

/** The committed baseline. */
export async function readBaseline(): Promise<Surface> {
  return JSON.parse(await readFile(FILE, 'utf8'))
}

/**
 * Compares a document with the baseline.
 * @param mayAdd - Whether it may have more than the baseline, as another edition has
 * @throws {Error} with a line for each change that breaks clients and what to do; otherwise if the baseline is stale
 */
export async function checkBaseline(document: OpenApiDocument, mayAdd = false): Promise<void> {
  const [before, after] = [await readBaseline(), surfaceOf(document)]
  refuseBreaking(before, after, mayAdd)
  if (mayAdd || JSON.stringify(before) === JSON.stringify(after)) return
  throw new Error('tests/openapi/baseline.json is stale\nRun "node build.mjs baseline".')
}

/**
 * Makes the surface of a document the baseline.
 * @throws {Error} if it breaks clients of the current baseline within the same major version
 */
export async function writeBaseline(document: OpenApiDocument): Promise<void> {
  const after = surfaceOf(document)
  const before = await readBaseline().catch(() => undefined)
  if (before !== undefined) refuseBreaking(before, after)
  await writeFile(FILE, `${JSON.stringify(after, null, 0).replaceAll('","', '",\n"')}\n`)
}

function refuseBreaking(before: Surface, after: Surface, isOther = false): void {
  const breaking = breakingChanges(before, after)
  if (breaking.length === 0) return
  const way = isOther ? '.' : ': undo it, or raise the major of API_VERSION (infra/bundle/openapi/document.ts).'
  throw new Error(`${breaking.join('\n')}\nThis breaks clients${way}`)
}
