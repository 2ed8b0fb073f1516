/**
 * A real nginx in front of a server.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { freePort } from './ports.ts'
import { type RunningProcess, scratchDirectory, startProcess } from './processes.ts'
import { requireTool } from './requirement.ts'

/** A running nginx. */
export interface Nginx extends Pick<RunningProcess, 'stop'> {
  readonly url: string
  /** Directory with the files that the configuration names. */
  readonly directory: string
}

/** Directives beyond those that every proxy has. */
export interface NginxOptions {
  /** In `http`. */
  readonly http?: string
  /** In `location /`. */
  readonly location?: string
}

/**
 * Starts it and waits until the server answers through it.
 * @param upstream - URL of the server
 */
export async function startNginx(upstream: string, { http = '', location = '' }: NginxOptions): Promise<Nginx> {
  requireTool('nginx')
  const port = await freePort()
  const directory = scratchDirectory('nginx')
  const file = join(directory, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  // In the foreground, without rights and without files outside its directory.
  const configuration = `
daemon off;
master_process off;
pid ${directory}/pid;
error_log stderr;
events {}
http {
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  ${http}
  upstream server {
    server ${new URL(upstream).host};
    keepalive 4;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://server;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${location}
    }
  }
}
`
  writeFileSync(file, configuration)
  const nginx = startProcess({ command: 'nginx', args: ['-c', file, '-p', directory], logFile: join(directory, 'log') })
  const url = `http://127.0.0.1:${port}`
  await vi.waitFor(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), { timeout: 20_000 })
  return { url, directory, stop: (graceMs) => nginx.stop(graceMs) }
}
