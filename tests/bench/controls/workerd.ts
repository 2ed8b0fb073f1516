/** The bundle of the single binary in one isolate of workerd. */
import { catalog, functions, texts } from 'kaphera:functions'
import { type OneProcess, oneProcess } from '../../../infra/runtimes/one-process.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

let all: OneProcess | undefined

export default {
  fetch(request: Request, env: Environment): Promise<Response> {
    all ??= oneProcess(functions, { ...env, ...texts, CATALOG: JSON.parse(catalog) }, { waitUntil() {} })
    return all.fetch(request)
  },
}
