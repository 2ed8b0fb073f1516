/**
 * wrangler.toml, read: compatibility date, flags and the bindings of each function.
 * @module
 */
import { join } from 'node:path'
import { functionBinding } from '../../shared/gateway/binding.ts'
import { PROJECT } from './project.ts'

/** What a name in `env` is bound to. */
export type Binding =
  /** A service of {@link ../workerd/services.ts}, or another function (`fn-<name>`). */
  | { readonly kind: 'service'; readonly name: string; readonly service: string }
  /** The environment variable of the same name, `null` when unset. */
  | { readonly kind: 'variable'; readonly name: string }
  /** The definitions of all functions. */
  | { readonly kind: 'catalogue'; readonly name: string }
  /** The text of a file that the build makes; `file` is relative to dist/. */
  | { readonly kind: 'text'; readonly name: string; readonly file: string }

/** The settings that hold for all functions, and each function's bindings. */
export interface Settings {
  /** Date whose behaviour the runtime keeps, `YYYY-MM-DD`. */
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
  /**
   * The bindings of a function.
   * @param name - Of the function
   * @param names - Of all functions: some bind the others
   * @returns Sorted by name
   */
  bindingsOf(name: string, names: readonly string[]): Binding[]
}

/** The part of wrangler's configuration that is used here. */
interface RawEnvironment {
  readonly services?: readonly { readonly binding: string; readonly service: string }[]
  readonly vars?: Readonly<Record<string, unknown>>
  readonly text_blobs?: Readonly<Record<string, string>>
}
interface RawConfig extends RawEnvironment {
  readonly compatibility_date?: string
  readonly compatibility_flags?: readonly string[]
  readonly env?: Readonly<Record<string, RawEnvironment>>
}

/**
 * Reads the settings.
 * @param file - A wrangler.toml (default: the project's)
 * @throws {Error} if the file cannot be read or says something that the build does not understand
 */
export async function readSettings(file: string = join(PROJECT, 'wrangler.toml')): Promise<Settings> {
  const { experimental_readRawConfig } = await import('wrangler')
  const { rawConfig } = experimental_readRawConfig({ config: file })
  return settings(rawConfig as RawConfig)
}

/**
 * The settings of a parsed wrangler configuration.
 * @throws {Error} if it says something that the build does not understand
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
    if (name === 'CATALOGUE' && Array.isArray(value) && value.length === 0) return { kind: 'catalogue', name }
    throw new Error(`wrangler.toml, ${where}: ${name} must be "": values come from the environment of the process`)
  })
  const texts = Object.entries(raw.text_blobs ?? {}).map(([name, file]): Binding => {
    if (file.startsWith('dist/')) return { kind: 'text', name, file: file.slice('dist/'.length) }
    throw new Error(`wrangler.toml, ${where}: ${name} must be a file in dist/, where the build puts it`)
  })
  return [...services, ...vars, ...texts]
}
