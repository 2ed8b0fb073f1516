/**
 * A copy of the project whose source can be broken.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'
import type { Breakage } from './breakages.ts'

/** Copies what git tracks, and what is new. */
export function copyProject(directory: string): void {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: PROJECT, encoding: 'utf8' })
  for (const file of files.split('\0').filter(Boolean)) cpSync(join(PROJECT, file), join(directory, file))
  symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'))
}

/**
 * The text of a file with the breakage.
 * @throws {Error} if it does not have the text exactly once
 */
export function broken(source: string, { file, text, replacement }: Breakage): string {
  const [before = '', after, ...more] = source.split(text)
  if (after === undefined) throw new Error(`${file} does not contain ${JSON.stringify(text)}`)
  if (more.length > 0) throw new Error(`${file} contains ${JSON.stringify(text)} more than once`)
  return before + replacement + after
}

/** Runs work while a copy is broken. */
export async function whileBroken<T>(directory: string, breakage: Breakage, work: () => Promise<T>): Promise<T> {
  const path = join(directory, breakage.file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, broken(source, breakage))
  try {
    return await work()
  } finally {
    writeFileSync(path, source)
  }
}
