/**
 * What `npm version` does to the changelog (the scripts `preversion` and `version` of package.json): the entries under
 * "Unreleased" become the section of the new version.
 * @see {@link https://docs.npmjs.com/cli/commands/npm-version}
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PROJECT } from './bundle/project.ts'

/**
 * Moves the entries of "Unreleased" to a section of their own.
 * @param changelog - Text of CHANGELOG.md
 * @param date - Day of the release, `YYYY-MM-DD`
 * @returns The new text, with an empty "Unreleased"
 * @throws {Error} if nothing is unreleased, or the version has a section already
 */
export function withRelease(changelog: string, version: string, date: string): string {
  if (changelog.includes(`\n## ${version} `)) throw new Error(`CHANGELOG.md already has a section for ${version}.`)
  const entries = changelog.split(/^## /m).find((section) => section.startsWith('Unreleased\n'))
  if (entries === undefined || !/^- /m.test(entries)) {
    throw new Error('CHANGELOG.md has no entry under "## Unreleased". Describe the release first.')
  }
  return changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} - ${date}\n`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const file = join(PROJECT, 'CHANGELOG.md')
  try {
    // npm tells both scripts the version that it is about to set.
    const version = process.env.npm_new_version
    if (version === undefined) throw new Error('Run "npm version major|minor|patch", which calls this.')
    const text = withRelease(await readFile(file, 'utf8'), version, new Date().toISOString().slice(0, 10))
    if (!values.check) await writeFile(file, text)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
