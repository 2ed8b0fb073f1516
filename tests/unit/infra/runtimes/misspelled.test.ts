/** Which environment variables count as misspelled settings. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import { misspelled } from '../../../../infra/runtimes/bun/misspelled.ts'

const settings = [...readFileSync(join(PROJECT, 'wrangler.toml'), 'utf8').matchAll(/^([A-Z_]+) = ""/gm)].map(
  ([, name = '']) => name,
)

it.each([
  ['OIDC_ISSUR', 'OIDC_ISSUER'],
  ['OIDC_AUDEINCE', 'OIDC_AUDIENCE'],
  ['oidc_issuer', 'OIDC_ISSUER'],
  ['OIDC_CLIENT_ID', 'OIDC_CLI_CLIENT_ID'],
  ['REQUEST_PER_CALLER', 'REQUESTS_PER_CALLER'],
  ['CORS_ORIGIN', 'CORS_ORIGINS'],
  ['PUBLIC_URI', 'PUBLIC_URL'],
  ['OTEL_TRACE_SAMPLER', 'OTEL_TRACES_SAMPLER'],
  ['KUBE_TIMEOUT', 'KUBE_TIMEOUT_MS'],
  ['list_scan', 'LIST_SCAN_LIMIT'],
])('%s is meant to be %s', (name, setting) => {
  expect(misspelled(['HOME', name], settings)).toEqual([`${name} is not a setting. Did you mean ${setting}?`])
})

it('what resembles no setting is reported without a guess', () => {
  expect(misspelled(['OIDC_FOO'], settings)).toEqual(['OIDC_FOO is not a setting.'])
})

it('what others set is not meant to be a setting', () => {
  const names = [
    ...settings,
    ...['PATH', 'HOME', 'HOSTNAME', 'PORT', '_', 'KUBECONFIG', 'KUBE_EDITOR', 'KUBE_TOKEN', 'HTTP_PROXY', 'http_proxy'],
    ...['KUBE', 'OTEL', 'PUBLIC'],
    ...['POD_NAMESPACE', 'PUBLIC_KEY', 'REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS', 'BUN_JSC_forceRAMSize'],
    // Kubernetes, for Services with the names kubernetes and oidc.
    ...['KUBERNETES_SERVICE_HOST', 'KUBERNETES_PORT_443_TCP_ADDR', 'OIDC_SERVICE_HOST', 'OIDC_SERVICE_PORT_HTTPS'],
    ...['OIDC_PORT', 'OIDC_PORT_443_TCP', 'OIDC_PORT_443_TCP_PROTO'],
    // OpenTelemetry.
    ...['OTEL_PROPAGATORS', 'OTEL_LOGS_EXPORTER', 'OTEL_TRACES_EXPORTER', 'OTEL_METRIC_EXPORT_TIMEOUT'],
    ...['OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', 'OTEL_EXPORTER_OTLP_INSECURE'],
    ...['OTEL_BLRP_SCHEDULE_DELAY', 'OTEL_BLRP_MAX_QUEUE_SIZE'],
  ]
  expect(settings.length).toBeGreaterThan(30)
  expect(misspelled(names, settings)).toEqual([])
})
