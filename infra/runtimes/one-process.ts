/**
 * Functions in one process: all of them, or one. They have one environment, so that everything that is kept per environment
 * exists once.
 */
import { functionBinding } from '../../shared/gateway/binding.ts'
import type { Environment, ExecutionContext, Fetcher } from '../../shared/runtime/environment.ts'
import type { FunctionModule } from '../../shared/server/definition.ts'

/** Loads each function by name. */
export type Functions = Readonly<Record<string, () => Promise<FunctionModule>>>

/** The functions of a process, as a runtime's adapter calls them. */
export interface OneProcess {
  /** Answers a request of a client. */
  fetch(request: Request): Promise<Response>
}

/**
 * All functions. The gateway answers clients, and calls between functions never leave the process.
 * @param functions - All of them, `gateway` included
 * @param bindings - What the runtime provides; gets a binding `FN_*` for each function
 * @param ctx - Of the process: work that goes on after an answer
 */
export function oneProcess(functions: Functions, bindings: Environment, ctx: ExecutionContext): OneProcess {
  const { gateway } = functions
  if (gateway === undefined) throw new TypeError('there is no gateway')
  const local = (load: Functions[string]): Fetcher => ({
    fetch: async (input, init) => (await load()).fetch(new Request(input, init), bindings, ctx),
  })
  for (const [name, load] of Object.entries(functions)) bind(bindings, name, local(once(load)))
  const loadGateway = once(gateway)
  return { fetch: async (request) => (await loadGateway()).fetch(request, bindings, ctx) }
}

/**
 * One function. It answers clients itself.
 * @param name - Name of the function
 * @param functions - All functions
 * @param bindings - What the runtime provides; gets a binding `FN_*` for each other function if `elsewhere` is given
 * @param ctx - Of the process: work that goes on after an answer
 * @param elsewhere - How another function is called, which runs in its own process; absent if this one calls none
 * @throws {TypeError} if there is no such function
 */
export function oneFunction(
  name: string,
  functions: Functions,
  bindings: Environment,
  ctx: ExecutionContext,
  elsewhere?: (name: string) => Fetcher,
): OneProcess {
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (known === undefined) throw new TypeError(`--function must be one of ${Object.keys(functions).join(', ')}`)
  if (elsewhere !== undefined) {
    for (const other of Object.keys(functions)) if (other !== name) bind(bindings, other, elsewhere(other))
  }
  const load = once(known)
  return { fetch: async (request) => (await load()).fetch(request, bindings, ctx) }
}

/** An import that is repeated takes some microseconds of each request. */
function once(load: Functions[string]): Functions[string] {
  let loaded: FunctionModule | undefined
  return async () => {
    loaded ??= await load()
    return loaded
  }
}

function bind(bindings: Environment, name: string, fetcher: Fetcher): void {
  Object.assign(bindings, { [functionBinding(name)]: fetcher })
}
