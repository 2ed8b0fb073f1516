/**
 * Where what was measured is written, since vitest shows only what failed.
 * @module
 */
import { join } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'

/** Path of the file. */
export const FIGURES: string = join(PROJECT, 'dist', 'knative-figures.txt')
