/**
 * Reads wrangler.toml: the compatibility date and flags, and the bindings of each function.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { functionBinding } from '../../shared/gateway/binding.ts'
import { type Edition, SELF_HOSTED } from './edition.ts'
import { PROJECT } from './project.ts'

/** What a name in `env` is bound to. */
export type Binding =
  /** What the runtime provides under this name, or another function (`fn-<name>`). */
  | { readonly kind: 'service'; readonly name: string; readonly service: string }
  /** The environment variable of the same name, `null` when unset. */
  | { readonly kind: 'variable'; readonly name: string }
  /** The definitions of all functions. */
  | { readonly kind: 'catalog'; readonly name: string }
  /** The text of a file that the build writes; `file` is relative to dist/. */
  | { readonly kind: 'text'; readonly name: string; readonly file: string }

/** The settings of all functions, and the bindings of each. */
export interface Settings {
  /** The runtime behaves as on this date, `YYYY-MM-DD`. */
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
  /**
   * The bindings of a function.
   * @param name - Of the function
   * @param names - Of all functions, since some functions bind all others
   * @returns Sorted by name
   */
  bindingsOf(name: string, names: readonly string[]): Binding[]
}

/** The part of an environment in wrangler's configuration that is read here. */
interface RawEnvironment {
  readonly services?: readonly { readonly binding: string; readonly service: string }[]
  readonly vars?: Readonly<Record<string, unknown>>
  readonly text_blobs?: Readonly<Record<string, string>>
}
/** The part of wrangler's configuration that is read here. */
export interface RawConfig extends RawEnvironment {
  readonly compatibility_date?: string
  readonly compatibility_flags?: readonly string[]
  readonly env?: Readonly<Record<string, RawEnvironment>>
}

/**
 * Reads the settings of an edition: the project's wrangler.toml, and that of each further directory of functions which has one.
 * @param edition - Default: this project by itself
 * @throws {Error} if a file cannot be read, or has a setting that the build does not support
 */
export async function readSettings(edition?: Edition): Promise<Settings> {
  return settings(await readRawConfig(edition))
}

/**
 * Reads wrangler.toml as plain data. This loads wrangler, which takes seconds.
 * @param edition - As for {@link readSettings}
 * @throws {Error} if a file cannot be read, or that of another edition has more than bindings of its functions
 */
export async function readRawConfig(edition: Edition = SELF_HOSTED): Promise<RawConfig> {
  const { experimental_readRawConfig } = await import('wrangler')
  const read = (file: string): RawConfig => experimental_readRawConfig({ config: file }).rawConfig as RawConfig
  const config = read(join(PROJECT, 'wrangler.toml'))
  const env = { ...config.env }
  for (const directory of edition.functions.slice(SELF_HOSTED.functions.length)) {
    const file = join(directory, 'wrangler.toml')
    if (!existsSync(file)) continue
    const { env: own = {}, ...more } = read(file)
    const [unsupported] = Object.keys(more)
    if (unsupported !== undefined)
      throw new Error(`${file}: ${unsupported} is not supported; it may only have [env.NAME].`)
    for (const [name, bindings] of Object.entries(own)) {
      if (!existsSync(join(directory, `${name}.ts`)))
        throw new Error(`${file}: [env.${name}] has no ${name}.ts beside it.`)
      env[name] = bindings
    }
  }
  return { ...config, env }
}

/**
 * The settings of a parsed wrangler configuration.
 * @throws {Error} if it has a setting that the build does not support
 */
export function settings(raw: RawConfig): Settings {
  if (raw.compatibility_date === undefined) throw new Error('wrangler.toml: compatibility_date is missing')
  const shared = environmentBindings(raw, 'top level')
  const own = new Map(Object.entries(raw.env ?? {}).map(([name, env]) => [name, environmentBindings(env, name)]))
  return {
    compatibilityDate: raw.compatibility_date,
    compatibilityFlags: raw.compatibility_flags ?? [],
    bindingsOf(name, names) {
      const bindings = [...shared, ...(own.get(name) ?? [])]
      return bindings
        .flatMap((binding) => (isEveryFunction(binding) ? functionBindings(name, names) : [binding]))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
}

function isEveryFunction(binding: Binding): boolean {
  return binding.kind === 'service' && binding.name === 'FN_*' && binding.service === 'fn-*'
}

function functionBindings(name: string, names: readonly string[]): Binding[] {
  return names
    .filter((other) => other !== name)
    .map((other) => ({ kind: 'service', name: functionBinding(other), service: `fn-${other}` }))
}

function environmentBindings(raw: RawEnvironment, where: string): Binding[] {
  const services = (raw.services ?? []).map(
    ({ binding, service }): Binding => ({ kind: 'service', name: binding, service }),
  )
  const vars = Object.entries(raw.vars ?? {}).map(([name, value]): Binding => {
    if (value === '') return { kind: 'variable', name }
    if (name === 'CATALOG' && Array.isArray(value) && value.length === 0) return { kind: 'catalog', name }
    throw new Error(`wrangler.toml, ${where}: ${name} must be ""; the environment of the process has the value`)
  })
  const texts = Object.entries(raw.text_blobs ?? {}).map(([name, file]): Binding => {
    if (file.startsWith('dist/')) return { kind: 'text', name, file: file.slice('dist/'.length) }
    throw new Error(`wrangler.toml, ${where}: ${name} must be a file in dist/`)
  })
  return [...services, ...vars, ...texts]
}
