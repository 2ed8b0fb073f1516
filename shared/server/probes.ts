/** The paths at which a platform asks how a server is. Every function has them. */
export const PROBES = { health: '/healthz', readiness: '/readyz' } as const

/** Whether requests for a path come from probes. */
export function isProbe(path: string): boolean {
  return path === PROBES.health || path === PROBES.readiness
}
