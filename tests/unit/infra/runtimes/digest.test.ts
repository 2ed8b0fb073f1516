/** Digests on Bun. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'

const BUN = join(PROJECT, 'node_modules', '.bin', 'bun')
const DIGEST = join(PROJECT, 'infra', 'runtimes', 'bun', 'digest.ts')

/** Digests texts, and tells of each whether its digest was there before the next round of the event loop. */
const PROGRAM = `
  import { digestAtOnce } from '${DIGEST}'
  digestAtOnce()
  for (const [algorithm, length] of JSON.parse(process.env.TEXTS)) {
    const next = new Promise((resolve) => setImmediate(resolve, 'later'))
    const digest = crypto.subtle.digest(algorithm, new TextEncoder().encode('ä'.repeat(length / 2)))
    const when = await Promise.race([digest.then(() => 'at once'), next])
    console.log(JSON.stringify([when, Buffer.from(await digest).toString('hex')]))
  }
`

/** The digests of texts, each given as an algorithm and a number of bytes. */
async function digestsOf(texts: [string, number][]): Promise<[string, string][]> {
  const env = { ...process.env, TEXTS: JSON.stringify(texts) }
  const { stdout } = await promisify(execFile)(BUN, ['-e', PROGRAM], { env })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const hexDigest = (algorithm: string, length: number): string =>
  createHash(algorithm)
    .update('ä'.repeat(length / 2))
    .digest('hex')

it('are there at once if they are of short texts', async () => {
  const lengths = [0, 62, 64, 1_600, 16 * 1024]
  const digests = await digestsOf(lengths.map((length) => ['SHA-256', length]))
  expect(digests).toEqual(lengths.map((length) => ['at once', hexDigest('sha256', length)]))
})

it('are the same as elsewhere if they are of long texts, or by another algorithm', async () => {
  const digests = await digestsOf([
    ['SHA-256', 16 * 1024 + 2],
    ['SHA-1', 64],
  ])
  expect(digests.map(([, digest]) => digest)).toEqual([hexDigest('sha256', 16 * 1024 + 2), hexDigest('sha1', 64)])
})
