/**
 * Measured values, in a file, since vitest shows only the output of failed tests.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'

const FILE: string = join(PROJECT, 'dist', 'knative-figures.txt')

/** Records a figure. */
export function say(what: string): void {
  mkdirSync(dirname(FILE), { recursive: true })
  appendFileSync(FILE, `${what}\n`)
}

/** Forgets the figures of earlier runs. */
export function forget(): void {
  mkdirSync(dirname(FILE), { recursive: true })
  writeFileSync(FILE, '')
}

/** All figures, one per line. */
export function figures(): string {
  return readFileSync(FILE, 'utf8')
}
