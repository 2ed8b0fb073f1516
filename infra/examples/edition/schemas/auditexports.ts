// Generated from crds/audit.example.com_auditexports.yaml by `node build.mjs generate`; do not edit.
import type { Kind } from 'kaphera-cloud-server/shared/kind/kind.ts'

/** What is sent, and where to. */
export interface AuditExportSpec {
  /** URL that receives the entries. */
  destination: string
  /**
   * Format of the entries.
   * @default "JSON"
   */
  format?: 'JSON' | 'CSV' | undefined
  /**
   * Minutes between two deliveries.
   * @default 60
   */
  intervalMinutes?: number | undefined
  /** Reasons of the events to send. All if it is empty. */
  reasons?: Array<string> | undefined
  /** Connector whose events are sent. The whole organization's if it is absent. */
  connectorRef?: AuditExportConnectorRef | undefined
  /**
   * Stops deliveries while true.
   * @default false
   */
  suspended?: boolean | undefined
}

/** Connector whose events are sent. The whole organization's if it is absent. */
export interface AuditExportConnectorRef {
  /** Name of the connector. */
  name: string
}

/** What the operator has observed. */
export interface AuditExportStatus {
  /** Summary for people. */
  phase?: string | undefined
  /** When entries were delivered last. */
  deliveredAt?: string | undefined
  /** Ready, Reconciling and Stalled. */
  conditions?: Array<AuditExportCondition> | undefined
}

export interface AuditExportCondition {
  /** Type of the condition. */
  type: string
  /** True, False or Unknown. */
  status: string
  /** Reason of the last change. */
  reason?: string | undefined
  /** Explanation for people. */
  message?: string | undefined
  /** When the status changed last. */
  lastTransitionTime?: string | undefined
}

/** An audit export sends the audit trail of an organization to another system. */
export const AuditExport: Kind<AuditExportSpec, AuditExportStatus> = {
  group: 'audit.example.com',
  version: 'v1',
  kind: 'AuditExport',
  plural: 'auditexports',
  singular: 'auditexport',
  shortNames: ['aex'],
  spec: async () => (await import('./specs/auditexports.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Destination', type: 'string', jsonPath: '.spec.destination', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.connectorRef.name'],
  scope: 'organization',
  references: { connectorRef: { plural: 'connectors', namespaced: false } },
}
