/** The cases of all kinds against the REST API, which accepts and rejects the same objects as the CRDs and names the same fields. */
import { describeCases } from '../cases/judge.ts'
import { loadCases } from '../cases/load.ts'
import { restJudge } from '../cases/rest.ts'
import { ONE_IN } from '../whole.ts'
import { as } from './client.ts'

const kinds = await loadCases()

describeCases(kinds, restJudge(as('platform-admin'), 'acme', kinds), ONE_IN)
