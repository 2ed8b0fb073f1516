/** Runs `npm version` on a copy of the files that it changes. */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PROJECT, projectVersion } from '../../infra/bundle/project.ts'
import { withRelease } from '../../infra/release.ts'
import { temporaryDirectory } from './fixtures/build.ts'

const CHANGELOG = '# Changelog\n\n## Unreleased\n\n### Fixed\n\n- A fault.\n\n## 0.1.0 - 2026-01-31\n\n- Everything.\n'

const run = promisify(execFile)

describe('withRelease', () => {
  it('moves the unreleased entries into the section of the version', () => {
    expect(withRelease(CHANGELOG, '0.2.0', '2026-02-28')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-02-28\n\n### Fixed\n\n- A fault.\n\n## 0.1.0 - 2026-01-31\n\n- Everything.\n',
    )
  })

  it('refuses a release without an entry, and an existing version', () => {
    expect(() => withRelease('## Unreleased\n\n## 0.1.0 - 2026-01-31\n\n- All.\n', '0.2.0', '2026-02-28')).toThrow(
      'no entry',
    )
    expect(() => withRelease('## Unreleased\n', '0.2.0', '2026-02-28')).toThrow('no entry')
    expect(() => withRelease(CHANGELOG, '0.1.0', '2026-02-28')).toThrow('already has a section')
  })
})

/** The files that `npm version` needs. */
const PARTS = [
  '.npmrc',
  '.gitignore',
  'package.json',
  'package-lock.json',
  'infra/release.ts',
  'infra/bundle/project.ts',
]

/** An author for commits, since git may not know one. */
const AUTHOR = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, 'somebody'],
    [`GIT_${role}_EMAIL`, 'somebody@example.com'],
  ]),
)

describe('npm version', () => {
  it('changes package.json, its lock file and the changelog, and tags the commit', async () => {
    const copy = await temporaryDirectory()
    const at = { cwd: copy, env: { ...process.env, ...AUTHOR } }
    const git = (...args: string[]) => run('git', args, at)
    const version = (wanted: string) => run('npm', ['version', wanted], at)
    await Promise.all(PARTS.map((part) => cp(join(PROJECT, part), join(copy, part))))
    await mkdir(join(copy, 'node_modules'))
    await symlink(join(PROJECT, 'node_modules', '.bin'), join(copy, 'node_modules', '.bin'))
    await writeFile(join(copy, 'CHANGELOG.md'), CHANGELOG)
    await git('init', '--quiet')
    await git('add', '.')
    await git('commit', '--quiet', '--message', 'Start')

    await version('9.8.7')
    const files = await Promise.all(
      ['package.json', 'package-lock.json', 'CHANGELOG.md'].map((file) => readFile(join(copy, file), 'utf8')),
    )
    const [manifest = '', lock = '', changelog = ''] = files
    expect(JSON.parse(manifest).version).toBe('9.8.7')
    expect(JSON.parse(lock)).toMatchObject({ version: '9.8.7', packages: { '': { version: '9.8.7' } } })
    expect(changelog).toMatch(/^## 9\.8\.7 - \d{4}-\d\d-\d\d$/m)
    expect((await git('log', '-1', '--format=%s %D')).stdout).toContain('Release 9.8.7')
    expect((await git('tag', '--points-at', 'HEAD')).stdout).toBe('v9.8.7\n')
    expect((await git('status', '--porcelain')).stdout).toBe('')
    // Nothing is unreleased now, so the release is refused before any change.
    await expect(version('patch')).rejects.toThrow('no entry under "## Unreleased"')
    expect((await git('status', '--porcelain')).stdout).toBe('')
  })
})

it('states the version in package.json only', async () => {
  const { stdout } = await run(
    'git',
    ['grep', '-lF', projectVersion(), '--', 'shared', 'functions', 'infra', '*.md', '*.toml', '.ci'],
    {
      cwd: PROJECT,
    },
  ).catch((error) => error)
  // The API and the emulated operators have their own versions.
  const others = /^(infra\/local\/|infra\/bundle\/openapi\/document\.ts$|$)/
  const files = stdout.split('\n').filter((file: string) => !others.test(file))
  expect(files).toEqual(['CHANGELOG.md'])
})
