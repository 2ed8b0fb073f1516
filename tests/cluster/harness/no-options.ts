/**
 * The command line of a command that takes no options.
 */

/**
 * Ends the process if there are arguments: after `--help` with the usage, after anything else with an error.
 * @param usage - Name of the command and what it does
 */
export function noOptions(usage: string): void {
  const args = process.argv.slice(2)
  if (args.length === 0) return
  if (args.includes('--help')) {
    console.log(usage)
    process.exit(0)
  }
  console.error(`takes no arguments: ${args.join(' ')}\n\n${usage}`)
  process.exit(2)
}
