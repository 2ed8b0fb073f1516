/**
 * The command lines of the commands in tests/: each explains itself, and refuses what it does not know before it begins.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** The values of options. */
type Values<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: T }>>['values']

/**
 * Reads the options of this process. Ends it after `--help` with the usage, and with an error if there is anything else than
 * these options.
 * @param usage - What the command does and what its options mean; begins with `usage: npm run NAME`
 * @param options - As for `parseArgs`
 */
export function commandLine<T extends ParseArgsOptionsConfig>(usage: string, options: T): Values<T> {
  if (process.argv.includes('--help')) {
    console.log(usage)
    process.exit(0)
  }
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return refuse((error as Error).message, usage)
  }
}

/** The same for a command without options. */
export function noOptions(usage: string): void {
  const args = process.argv.slice(2)
  if (args.length > 0 && !args.includes('--help')) refuse(`takes no arguments: ${args.join(' ')}`, usage)
  commandLine(usage, {})
}

/**
 * The number that an option has. Ends the process with an error if it has none.
 * @param option - Its name
 * @param minimum - Default: 0
 */
export function numberOf(option: string, text: string, minimum = 0): number {
  const number = text === '' ? Number.NaN : Number(text)
  return number >= minimum ? number : refuse(`--${option} must be a number from ${minimum}, not ${text}`)
}

/** The one of several words that an option has. Ends the process with an error if it is none of them. */
export function wordOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  return words.find((word) => word === text) ?? refuse(`--${option} must be one of ${words.join(', ')}, not ${text}`)
}

function refuse(message: string, usage = ''): never {
  console.error(usage === '' ? message : `${message}\n\n${usage}`)
  process.exit(2)
}
