/** What a role is granted on, or what can be reached. */
export interface Target {
  /** E.g. `key`, `bucket`, `Cloud Run service`, `project`. */
  readonly kind: string;
  /** Full resource name, e.g. `projects/_/buckets/my-secrets`. */
  readonly name: string;
}

/** The resource in the synthesized Terraform that something follows from. */
export interface Origin {
  readonly stack: string;
  /** E.g. `google_storage_bucket.bucket`. */
  readonly address: string;
  /** Path of the construct. */
  readonly path: string;
}

/** An IAM condition. */
export interface Condition {
  readonly title: string | null;
  readonly expression: string;
}

/** One line of the access matrix: one principal, one role, one resource. */
export interface Access extends Origin {
  /** As IAM policies write it, e.g. `serviceAccount:EMAIL` or `allUsers`. */
  readonly principal: string;
  readonly resource: Target;
  readonly role: string;
  /** Everything that the role brings, sorted; null when this review does not know the role. */
  readonly permissions: readonly string[] | null;
  /** Those of them that change nothing here: they are checked elsewhere, or the condition leaves them out. */
  readonly withoutEffect: readonly string[];
  readonly condition: Condition | null;
  /** Why it is granted, as the stack's own notes say; null when nobody wrote that down. */
  readonly reason: string | null;
  /** What of it nobody can tell before the deployment. */
  readonly unknown: readonly ('principal' | 'role' | 'resource' | 'condition' | 'number')[];
}

/** A Cloud Run service or a workload on GKE, who it runs as and what it shows. */
export interface Service extends Origin {
  /** Full resource name. */
  readonly name: string;
  /** The principal that it runs as. */
  readonly identity: string;
  readonly image: string;
  /** How its page shows the secret's values, its variable PAGE_VALUES; null when it has none. */
  readonly pageValues: string | null;
  /** The objects and keys that its environment names. */
  readonly secrets: readonly { readonly object: string; readonly key: string }[];
}

/** One step on a way to a secret: what a grant lets its principal do. */
export interface Because
  extends Pick<Access, 'principal' | 'address' | 'role' | 'resource' | 'condition' | 'reason'> {
  readonly can:
    | 'read the object'
    | 'decrypt with the key'
    | 'change who reads the bucket'
    | 'change who decrypts with the key'
    | 'act as the identity'
    | 'change who acts as the identity'
    | 'replace the image'
    | 'open the page';
  /** False when it may be less: a role, a condition or a member is not understood, or only possibly the one meant. */
  readonly certain: boolean;
}

/** A principal that can read a secret, or has one half of what that takes. */
export interface Reader {
  readonly principal: string;
  /** The ways to it, the shortest first; each is every step that it takes, in order. */
  readonly ways: readonly (readonly Because[])[];
}

/** An encrypted object, its key, and who gets to the plaintext through what is granted here. */
export interface Secret {
  /** `projects/_/buckets/BUCKET/objects/OBJECT`. */
  readonly object: string;
  /** Full resource name of the key. */
  readonly key: string;
  /** Full names of the services and workloads that use it. */
  readonly services: readonly string[];
  readonly readers: readonly Reader[];
  /** Principals with the object or the key, but not both: they read nothing. */
  readonly halfway: readonly Reader[];
}

/** Access that exists outside of the synthesized stacks, in words. */
export interface BeyondStacks {
  readonly who: string;
  readonly can: string;
  /** Whether that is enough to read the secret. */
  readonly readsSecret: boolean;
}

/** How far from the internet something is: each level lets in more than the one before. */
export const EXPOSURE_LEVELS = ['internal', 'granted', 'openable', 'public'] as const;

/** Who on the internet reaches one resource. */
export interface Exposure extends Origin {
  readonly resource: Target;
  /**
   * `internal`: nobody; `granted`: those with a grant who sign in; `openable`: the same, until somebody opens it
   * to everyone, which nothing prevents; `public`: everyone.
   */
  readonly level: (typeof EXPOSURE_LEVELS)[number];
  readonly explanation: string;
}

/** What destroying its stack means for one resource. */
export interface Lifecycle extends Origin {
  readonly resource: Target;
  readonly outcome: 'deleted' | 'kept' | 'refused';
  readonly note: string;
}

/** One setting in force. */
export interface ReviewedSetting {
  readonly name: string;
  readonly value: string;
  /** E.g. `default`, `cdktf.json`, `environment variable GCP_REGION`. */
  readonly source: string;
}

/** What one policy found. */
export interface ReviewedFinding {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly address: string;
  readonly found: string;
  readonly fix: string;
  readonly exception: { readonly reason: string; readonly owner: string; readonly until: string } | null;
}

/** One policy and everything that it found; it holds when that is nothing. */
export interface ReviewedPolicy {
  readonly id: string;
  readonly reason: string;
  readonly findings: readonly ReviewedFinding[];
}

/** A part of the stacks that may give access and that this review cannot read. */
export interface NotReviewed extends Origin {
  readonly why: string;
}

/** One resource as it is deployed, for comparison with another review. */
export interface DeployedResource extends Origin {
  readonly type: string;
  /** What it is in Google Cloud, whatever Terraform calls it. */
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Any other block of a stack, for comparison with another review. */
export interface DeployedBlock extends Origin {
  /** E.g. `provider`, `data`, `output`. */
  readonly kind: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Something that nobody can tell before the deployment, where it decides about access or about what runs. */
export interface UnknownPart extends Origin {
  /** E.g. `member` or `template.spec.containers[0].image`. */
  readonly argument: string;
  /** As it is written. */
  readonly text: string;
  readonly why: string;
}

/** How much of the stacks is understood. */
export interface Coverage {
  /** Arguments of all blocks, down to the leaf. */
  readonly arguments: number;
  readonly understood: number;
}

/** What a stack is, to the byte. */
export interface StackDigest {
  readonly stack: string;
  /** SHA-256 of its files, in hexadecimal. */
  readonly sha256: string;
}

/** Everything that `cdktf synth` tells a reviewer. Its JSON is described in docs/review.schema.json. */
export interface Review {
  readonly schemaVersion: 2;
  readonly digests: readonly StackDigest[];
  readonly coverage: Coverage;
  readonly projects: readonly string[];
  readonly stacks: readonly string[];
  readonly secrets: readonly Secret[];
  readonly beyondStacks: readonly BeyondStacks[];
  readonly services: readonly Service[];
  readonly access: readonly Access[];
  readonly exposure: readonly Exposure[];
  readonly lifecycle: readonly Lifecycle[];
  /** What is granted on, but made by none of these stacks. */
  readonly existing: readonly Target[];
  readonly settings: readonly ReviewedSetting[];
  readonly policies: readonly ReviewedPolicy[];
  /** What decides about access or about what runs, and is known to nobody yet. */
  readonly unknown: readonly UnknownPart[];
  readonly notReviewed: readonly NotReviewed[];
  readonly blocks: readonly DeployedBlock[];
  readonly resources: readonly DeployedResource[];
}
