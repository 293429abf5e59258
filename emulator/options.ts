import type { Applied } from './apply/apply.ts';
import type { ApplySource } from './apply/source.ts';
import type { AuditEntry } from './audit.ts';
import type { Faults } from './faults.ts';
import type { RequestLogEntry } from './http/request-log.ts';
import type { OnNotEmulated } from './http/server.ts';
import type { PrincipalMaker } from './local.ts';
import type { PrincipalClients } from './principal-clients.ts';
import type { LocalImage } from './run/images.ts';
import type { ContainerLogEntry } from './run/revision.ts';
import type { MetadataTrouble, Weather } from './weather.ts';

/** What the local cloud is to be. */
export interface LocalCloudOptions {
  /**
   * What is there from the start: the folder of a synthesis (`cdktf.out`), the folder or file of one stack, one that was
   * parsed already, or several of these. Stacks are applied in their order, with the calls that Terraform's Google
   * provider makes.
   * @default nothing
   */
  readonly apply?: ApplySource;
  /**
   * The id of its one project.
   * @default the one that the applied stacks' provider names, else 'local-project'
   */
  readonly projectId?: string;
  /**
   * The number of that project.
   * @default '123456789012'
   */
  readonly projectNumber?: string;
  /**
   * The number of the organization that the project is in.
   * @default '987654321098'
   */
  readonly organizationId?: string;
  /**
   * Who administers the organization: may make roles and deny policies there, and see every policy.
   * @default the owner of the project, unless the weather is unkind
   */
  readonly organizationAdmin?: string;
  /**
   * The region in which Cloud Run's global-looking v1 API creates services.
   * @default the one that the applied stacks' provider names, else 'us-central1'
   */
  readonly region?: string;
  /**
   * The address to listen on. Anything but loopback lets the network in, which only tokens then keep out.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * The port of the API.
   * @default 0, any free one
   */
  readonly port?: number;
  /**
   * The port of the local GKE's API server.
   * @default 0, any free one
   */
  readonly kubernetesPort?: number;
  /**
   * The member that owns the project.
   * @default 'user:owner@example.com'
   */
  readonly owner?: string;
  /**
   * The services that are enabled from the start; a new project of Google has none of them.
   * @default all that are emulated; none where an applied stack enables services itself (google_project_service)
   */
  readonly enabledServices?: readonly string[];
  /**
   * Whether Google is as one would like it, or as it can be: `unkind` sets what follows from `serviceActivationSeconds` to
   * `throttlesCpu` where it is not set itself.
   * @default 'kind'
   */
  readonly weather?: Weather;
  /**
   * How long a service takes until it can be used after it was enabled; Google says a few minutes.
   * @default 0
   */
  readonly serviceActivationSeconds?: number;
  /**
   * What each metadata server does with the first requests for a token, one after the other.
   * @default nothing unusual
   */
  readonly metadataTroubles?: readonly MetadataTrouble[];
  /**
   * Whether an identity token of a person is for the audience that was asked for. Google's are for the OAuth client that
   * asked, gcloud's as a rule; Cloud Run takes that.
   * @default true
   */
  readonly userTokensNameAudience?: boolean;
  /**
   * How long a changed IAM policy takes until decisions follow it; Google's takes two minutes as a rule.
   * @default 0
   */
  readonly policyPropagationSeconds?: number;
  /**
   * How long a new primary version of a key takes until who encrypts follows it; Google's takes a minute as a rule, and up
   * to hours.
   * @default 0
   */
  readonly keyPropagationSeconds?: number;
  /**
   * Who is in which group, by the group's email address: `{ 'admins@example.com': ['user:ann@example.com'] }`. A member
   * may be a group.
   * @default every group is empty
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /**
   * Whether a service's process has CPU only while it starts, stops, or answers a request or a probe, as on Cloud Run with
   * request-based billing; its template may say otherwise (`run.googleapis.com/cpu-throttling: "false"`). Processes on
   * Windows have it always.
   * @default false
   */
  readonly throttlesCpu?: boolean;
  /**
   * Where the state is kept, so that it survives a restart.
   * @default it is kept in memory only
   */
  readonly dataDirectory?: string;
  /**
   * What container images stand for, by repository (no tag, no digest); `*` for all that are not named.
   * @default none, and `images` of the running cloud can be filled later; with `apply`, every image is a stand-in that
   *   answers each request with 200
   */
  readonly images?: Readonly<Record<string, LocalImage>>;
  /**
   * A file that is written when all is ready, for programs of other languages: JSON of the address, the project and, for
   * the owner and each service account, the environment that makes a program that principal. It is removed at the end.
   * @default none
   */
  readonly readyFile?: string;
  /**
   * Receives every request that was answered.
   * @default nothing
   */
  readonly onRequest?: (entry: RequestLogEntry) => void;
  /**
   * Receives each request that no API of the local cloud serves, once.
   * @default nothing; the client gets a 404 that says so
   */
  readonly onNotEmulated?: OnNotEmulated;
  /**
   * Receives what the containers write and what Cloud Run says of them.
   * @default nothing
   */
  readonly onLog?: (entry: ContainerLogEntry) => void;
  /**
   * The clock.
   * @default the machine's
   */
  readonly now?: () => Date;
}

/** A running local cloud. */
export interface LocalCloud extends PrincipalMaker {
  readonly projectId: string;
  readonly projectNumber: string;
  /** The member that owns the project. */
  readonly owner: string;
  /** What container images stand for, by repository (no tag, no digest). Fill it as one pushes an image. */
  readonly images: Map<string, LocalImage>;
  /** What goes wrong: faults are added and taken away here, or over HTTP at `/local/v1/faults`. */
  readonly faults: Faults;
  /** What was applied, by the name of its stack: attributes of resources by address, and outputs. */
  readonly applied: ReadonlyMap<string, Applied>;
  /**
   * Applies stacks as `startLocalCloud({ apply })` does, as the owner. What exists is updated, nothing is deleted.
   * @returns what these stacks left behind, by name
   */
  apply(source: ApplySource): Promise<ReadonlyMap<string, Applied>>;
  /**
   * What makes Google's clients, and other programs, those of one principal: `new Storage(cloud.as(member).storage)`.
   * @param member `user:EMAIL` or `serviceAccount:EMAIL`
   */
  as(member: string): PrincipalClients;
  /** The last decisions, oldest first: who wanted to do what, and whether it was granted. */
  auditLog(): readonly AuditEntry[];
  /** The address of the local GKE's API server, which is started when first asked for. */
  kubernetesUrl(): Promise<string>;
  /** An address of a Kubernetes Service, for a person or a test: as `kubectl port-forward` would give one. */
  kubernetesServiceUrl(namespace: string, name: string): Promise<string>;
  /** A kubeconfig for kubectl and Terraform, as a member; to be written as JSON. */
  kubeconfigFor(member: string): Promise<object>;
  /** Stops the server, the metadata servers and every process that it started. */
  stop(): Promise<void>;
  /** The same as `stop`. */
  close(): Promise<void>;
}
