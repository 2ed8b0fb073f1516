/**
 * What is behind the services that wrangler.toml binds.
 * @module
 */

/** Where a projected ServiceAccount token lies in a pod. */
export const TOKEN_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount'

/** How the API server is reached. */
export type KubeService =
  /** As in a pod: TLS, its certificate signed by an authority of SSL_CERT_FILE or SSL_CERT_DIR. */
  | { readonly address?: string; readonly tls?: true }
  /** Plain HTTP, for an API server (or a stand-in) on the same machine. */
  | { readonly address: string; readonly tls: false }

/** The service that all that is not bound goes to: it may connect to nothing. */
export const NOWHERE = 'nowhere'

const NAME = 'kubernetes.default.svc'

/**
 * The definitions of the services, in Cap'n Proto text.
 * @param kube - How the API server is reached
 */
export function serviceDefinitions(kube: KubeService): Record<string, string> {
  const address = JSON.stringify(kube.address ?? `${NAME}:443`)
  const protocol =
    kube.tls === false ? 'http = ()' : `https = (certificateHost = "${NAME}", tlsOptions = (trustBrowserCas = true))`
  return {
    kube: `external = (address = ${address}, ${protocol})`,
    // Dotfiles stay closed: the kubelet's `token -> ..data/token` is followed without naming them.
    'kube-token': `disk = (path = "${TOKEN_DIRECTORY}")`,
    // Issuers are named by configuration, never by a token, and may well be inside the cluster.
    oidc: 'network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))',
    [NOWHERE]: 'network = (allow = [])',
  }
}
