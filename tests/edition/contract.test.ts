/** The generic part of the contract suite for the kind of another edition. */
import { join } from 'node:path'
import { inject } from 'vitest'
import { ask } from '../background.ts'
import { describeCases } from '../cases/judge.ts'
import { loadCases } from '../cases/load.ts'
import { restJudge } from '../cases/rest.ts'
import { as, uniqueName } from '../contract/client.ts'
import { describeMatrix } from '../contract/describe-matrix.ts'
import { readMatrix } from '../contract/matrix.ts'
import { describeObjects } from '../contract/objects.ts'
import { samples } from '../contract/samples.ts'
import type { ServedEdition } from './setup.ts'

const { directory } = await ask<ServedEdition>(inject('server'))
const directories = { crds: join(directory, 'crds'), cases: join(import.meta.dirname, 'cases') }

const kinds = await samples(directories)
const cases = await loadCases(directories)

describeObjects(kinds)
describeCases(cases, restJudge(as('platform-admin'), 'acme', cases))
describeMatrix({ matrix: readMatrix(join(import.meta.dirname, 'matrix.yaml')), kinds, name: uniqueName('matrix') })
