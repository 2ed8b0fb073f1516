/**
 * The way of a request without the product: what the runtime alone takes for it.
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newestCompatibilityDate, workerdBinary } from '../../infra/workerd/binary.ts'
import { type RunningServer, startServer } from '../../infra/workerd/process.ts'

/**
 * Starts two isolates, one behind the other. The second asks the API server for the path of the request, parses the answer and
 * writes it again; nobody is asked who they are, nothing is looked at.
 * @param directory - For the configuration
 * @param kube - `host:port` of the API server, plain HTTP
 */
export async function startFloor(directory: string, kube: string): Promise<RunningServer> {
  const config = join(directory, 'floor.capnp')
  await writeFile(config, configuration(kube))
  return startServer({ command: workerdBinary(), args: ['serve', config, 'config'] })
}

function configuration(kube: string): string {
  const entry = 'export default { fetch: (request, { NEXT }) => NEXT.fetch(request) }'
  const handler =
    'export default { fetch: async ({ url }, { NEXT }) => Response.json(await (await NEXT.fetch(url)).json()) }'
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "entry", worker = .entry),
    (name = "function", worker = .handler),
    (name = "kube", external = (address = "${kube}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "entry")],
);

const entry :Workerd.Worker = (
  modules = [(name = "entry.js", esModule = ${JSON.stringify(entry)})],
  bindings = [(name = "NEXT", service = "function")],
  compatibilityDate = "${newestCompatibilityDate()}",
);

const handler :Workerd.Worker = (
  modules = [(name = "handler.js", esModule = ${JSON.stringify(handler)})],
  bindings = [(name = "NEXT", service = "kube")],
  compatibilityDate = "${newestCompatibilityDate()}",
);
`
}
