/**
 * The program in the image's layer of the runtime: it runs the app, which is in the layer of a release.
 */
import { dirname, join } from 'node:path'
// A compiled program has the bytecode of the modules of Bun that it names itself, so they are named here for the app.
import 'node:fs'
import 'node:http'
import 'node:http2'
import 'node:https'
import 'node:os'
import 'node:stream'
import 'node:timers/promises'
import 'node:tls'
import 'node:util'

await import(join(dirname(process.execPath), 'app', 'main.js'))
