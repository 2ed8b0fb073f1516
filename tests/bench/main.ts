/**
 * `npm run bench` compares this server with the API server behind it, and with other runtimes. `-- --help` lists the options.
 */
import { cpus } from 'node:os'
import { commandLine, numberOf } from '../cluster/harness/command-line.ts'
import { alternate, table } from './figures.ts'
import { measure, PARTS, type Part } from './measure.ts'
import { prepareServers, SERVERS, type ServerName } from './servers.ts'
import { HOUR, soak } from './soak.ts'
import { prepare } from './surroundings.ts'
import { measureWorkers } from './workers.ts'

const USAGE = `usage: npm run bench -- [options]

  --only PARTS       parts to measure (default: all)
${list(PARTS)}
  --servers SERVERS  servers to compare (default: direct,binary,node,workerd)
${list(SERVERS)}
  --rounds N         rounds, each with fresh processes in alternating order (default: 3)
  --stand-in         an API server that answers from memory, instead of a real one
  --workers          requests per second with 1 and with 2 workers, instead; implies --stand-in
  --soak             memory during an hour's worth of requests, instead
  --requests N       number of requests of --soak (default: ${HOUR})`

const options = commandLine(USAGE, {
  only: { type: 'string', default: Object.keys(PARTS).join() },
  servers: { type: 'string', default: 'direct,binary,node,workerd' },
  rounds: { type: 'string', default: '3' },
  'stand-in': { type: 'boolean', default: false },
  workers: { type: 'boolean', default: false },
  soak: { type: 'boolean', default: false },
  requests: { type: 'string', default: String(HOUR) },
})

async function main(): Promise<void> {
  const parts = selected(options.only, PARTS) as Part[]
  const servers = selected(options.servers, SERVERS) as ServerName[]
  const rounds = numberOf('rounds', options.rounds, 1)
  const requests = numberOf('requests', options.requests, 1)
  const isStandIn = options['stand-in'] || options.workers
  const at = await prepare(isStandIn, 500)
  try {
    console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}`)
    console.log(`${isStandIn ? 'stand-in' : 'real API server'}, ${rounds} rounds: median (minimum–maximum)\n`)
    if (options.soak) await soak(at, requests)
    else if (options.workers) console.log(table(await measureWorkers(at, rounds)))
    else {
      const variants = await prepareServers(servers, at)
      console.log(table(await alternate(rounds, variants, (start, record) => measure(start, parts, record))))
    }
  } finally {
    await at.close()
  }
}

function list(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([name, text]) => `                       ${name.padEnd(8)} ${text}`)
    .join('\n')
}

/** @throws {Error} if a name is unknown */
function selected(text: string, known: object): string[] {
  const names = text.split(',')
  const unknown = names.find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) throw new Error(`${unknown} must be one of ${Object.keys(known).join(', ')}`)
  // In the order of measurement.
  return Object.keys(known).filter((name) => names.includes(name))
}

await main()
