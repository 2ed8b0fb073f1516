// Generated from infra/crds/edc.kaphera.com_vaults.yaml by `npm run generate`; do not edit.
import type { Kind } from '../kind/kind.ts'

/** Which vault it is and how its engines are mounted. */
export interface VaultSpec {
  /** Managed if the operator runs the vault, External if somebody else does. Immutable. */
  mode: 'Managed' | 'External'
  /**
   * Product that the vault is. Immutable.
   * @default "HashiCorp"
   */
  provider?: 'HashiCorp' | 'OpenBao' | undefined
  /** Cell in which the vault runs. The organization's default cell if absent. */
  cellRef?: VaultCellRef | undefined
  /** External vault. Required with the mode External, forbidden otherwise. */
  external?: VaultExternal | undefined
  /** Vault that the operator runs. Only with the mode Managed; of the defaults if absent. */
  managed?: VaultManaged | undefined
  /** Secret engines of the vault. Of the defaults if absent. */
  engines?: VaultEngines | undefined
  /**
   * What happens to the secrets when the object is deleted. Retain keeps them, Delete removes them.
   * @default "Retain"
   */
  deletionPolicy?: 'Retain' | 'Delete' | undefined
}

/** Cell in which the vault runs. The organization's default cell if absent. */
export interface VaultCellRef {
  /** Name of the cell. */
  name: string
  /** Namespace of the cell. The platform's namespace if absent. */
  namespace?: string | undefined
}

/** External vault. Required with the mode External, forbidden otherwise. */
export interface VaultExternal {
  /** Address of the vault. */
  address: string
  /** Namespace within the vault, of products that have them. The root namespace if absent. */
  namespace?: string | undefined
  /**
   * Key of a Secret in the namespace of this object that holds the certificate of the vault's certificate authority
   * (PEM). The system's authorities if absent.
   */
  caSecretRef?: VaultCaSecretRef | undefined
  /** How the operator and the components log in. */
  auth: VaultAuth
}

/**
 * Key of a Secret in the namespace of this object that holds the certificate of the vault's certificate authority
 * (PEM). The system's authorities if absent.
 */
export interface VaultCaSecretRef {
  /** Name of the Secret. */
  name: string
  /** Key of the value within the Secret. */
  key: string
}

/** How the operator and the components log in. */
export interface VaultAuth {
  /**
   * Method of authentication.
   * @default "Token"
   */
  method?: 'Token' | 'Kubernetes' | 'AppRole' | 'Jwt' | undefined
  /** Key of a Secret in the namespace of this object that holds the token. Required with Token, forbidden otherwise. */
  token?: VaultCaSecretRef | undefined
  /** Role at the vault. Required with Kubernetes and Jwt, forbidden otherwise. */
  role?: string | undefined
  /** Identifier of the AppRole. Required with AppRole, forbidden otherwise. */
  roleId?: string | undefined
  /**
   * Key of a Secret in the namespace of this object that holds the secret identifier of the AppRole. Required with
   * AppRole, forbidden otherwise.
   */
  secretId?: VaultCaSecretRef | undefined
  /**
   * Path at which the method is mounted in the vault. That of the method, such as kubernetes, if absent; forbidden
   * with Token.
   */
  mountPath?: string | undefined
}

/** Vault that the operator runs. Only with the mode Managed; of the defaults if absent. */
export interface VaultManaged {
  /**
   * Number of replicas, of which a majority must work.
   * @default 1
   */
  replicas?: 1 | 3 | 5 | undefined
  /**
   * Storage of each replica in bytes. It cannot be reduced.
   * @default "5Gi"
   */
  storageSize?: number | string | undefined
  /** Name of the StorageClass. The cluster's default if absent. */
  storageClassName?: string | undefined
  /** How the vault is unsealed when it starts. */
  unseal?: VaultUnseal | undefined
  /**
   * Version of the vault (SemVer). The operator refuses an older one than before. One that the operator chooses if
   * absent.
   */
  version?: string | undefined
}

/** How the vault is unsealed when it starts. */
export interface VaultUnseal {
  /**
   * Auto is by the operator, Shamir by people with shares of the key, Kms by a key management service.
   * @default "Auto"
   */
  type?: 'Auto' | 'Shamir' | 'Kms' | undefined
  /** Identifier of the key at the key management service. Required with Kms, forbidden otherwise. */
  kmsKeyId?: string | undefined
  /**
   * Secret in the namespace of this object with credentials of the key management service. The identity of the
   * workload if absent; only with Kms.
   */
  credentialsSecretRef?: VaultCredentialsSecretRef | undefined
}

/**
 * Secret in the namespace of this object with credentials of the key management service. The identity of the
 * workload if absent; only with Kms.
 */
export interface VaultCredentialsSecretRef {
  /** Name of the Secret. */
  name: string
}

/** Secret engines of the vault. Of the defaults if absent. */
export interface VaultEngines {
  /**
   * Path at which the engine for secrets (KV) is mounted.
   * @default "secret"
   */
  kvMount?: string | undefined
  /**
   * Version of the engine for secrets.
   * @default 2
   */
  kvVersion?: 2 | undefined
  /**
   * Path at which the engine for signatures (Transit) is mounted.
   * @default "transit"
   */
  transitMount?: string | undefined
  /**
   * Folder in the engine for secrets under which everything is kept. The root of the engine if absent. Immutable once
   * set.
   */
  folder?: string | undefined
}

/** State that the operator has observed. Only the operator writes it. */
export interface VaultStatus {
  /** metadata.generation of the last specification that the operator has acted on. */
  observedGeneration?: number | undefined
  /** Human-readable summary of the conditions. Programs use the condition Ready. */
  phase?:
    | 'Pending'
    | 'Provisioning'
    | 'Ready'
    | 'Updating'
    | 'Degraded'
    | 'Suspended'
    | 'Terminating'
    | 'Failed'
    | undefined
  /**
   * Conditions that the operator has observed, one per type. A condition is valid only while status.observedGeneration
   * equals metadata.generation.
   */
  conditions?: Array<VaultCondition> | undefined
  /** Version that runs. */
  version?: string | undefined
  /** Whether the vault has been set up. */
  initialized?: boolean | undefined
  /** Whether the vault is sealed, and so serves no secrets. */
  sealed?: boolean | undefined
  /** Address of the vault. */
  address?: string | undefined
  /** Time at which the token of the operator expires (RFC 3339). */
  tokenExpiresAt?: string | undefined
  /** Objects that use the vault. */
  consumers?: Array<VaultConsumer> | undefined
}

/** One observation about the object. */
export interface VaultCondition {
  /** Type of the condition, such as Ready, Reconciling, Stalled, Initialized, Unsealed, PoliciesReady or AuthReady. */
  type: string
  /** Whether the condition holds. Unknown means that the operator cannot tell. */
  status: 'True' | 'False' | 'Unknown'
  /** metadata.generation of the object that this condition was computed from. */
  observedGeneration?: number | undefined
  /** Time at which the status last changed (RFC 3339). */
  lastTransitionTime: string
  /** Programmatic identifier of the cause of the last transition, in CamelCase. */
  reason: string
  /** Human-readable details of the transition. May be empty. */
  message?: string | undefined
}

/** One object. */
export interface VaultConsumer {
  /** Kind of the object. */
  kind: string
  /** Name of the object. */
  name: string
}

/**
 * A vault keeps the secrets and the private keys of connectors, identity hubs and credential issuers. It is one that
 * the operator runs, or the binding to one that somebody else runs.
 */
export const Vault: Kind<VaultSpec, VaultStatus> = {
  group: 'edc.kaphera.com',
  version: 'v1alpha1',
  kind: 'Vault',
  plural: 'vaults',
  singular: 'vault',
  shortNames: ['kv'],
  spec: async () => (await import('./specs/vaults.ts')).spec,
  specRequired: true,
  columns: [
    { name: 'Mode', type: 'string', jsonPath: '.spec.mode', priority: 0 },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 0 },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status', priority: 0 },
    { name: 'Provider', type: 'string', jsonPath: '.spec.provider', priority: 1 },
    { name: 'Sealed', type: 'boolean', jsonPath: '.status.sealed', priority: 1 },
    { name: 'Version', type: 'string', jsonPath: '.status.version', priority: 1 },
    { name: 'Address', type: 'string', jsonPath: '.status.address', priority: 1 },
    { name: 'Observed Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 0 },
  ],
  selectableFields: ['spec.cellRef.name', 'status.phase'],
  scope: 'organization',
  references: { cellRef: { plural: 'cells', namespaced: true } },
}
