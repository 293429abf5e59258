import type { AuditEntry } from './audit.ts';
import type { Faults } from './faults.ts';
import type { RequestLogEntry } from './http/request-log.ts';
import type { OnNotEmulated } from './http/server.ts';
import type { AccessTokenOptions } from './iam/tokens.ts';
import type { LocalImage } from './run/images.ts';
import type { ContainerLogEntry } from './run/revision.ts';

/** What the local cloud is to be. */
export interface LocalCloudOptions {
  /** The id of its one project. */
  readonly projectId: string;
  /**
   * The number of that project.
   * @default '123456789012'
   */
  readonly projectNumber?: string;
  /**
   * The region in which Cloud Run's global-looking v1 API creates services.
   * @default 'us-central1'
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
   * The member that owns the project.
   * @default 'user:owner@example.com'
   */
  readonly owner?: string;
  /**
   * The services that are enabled from the start; a new project of Google has none of them.
   * @default all that are emulated
   */
  readonly enabledServices?: readonly string[];
  /**
   * How long a changed IAM policy takes until decisions follow it; Google's takes two minutes as a rule.
   * @default 0
   */
  readonly policyPropagationSeconds?: number;
  /**
   * Where the state is kept, so that it survives a restart.
   * @default it is kept in memory only
   */
  readonly dataDirectory?: string;
  /**
   * What container images stand for, by repository (no tag, no digest); `*` for all that are not named.
   * @default none; `images` of the running cloud can be filled later
   */
  readonly images?: Readonly<Record<string, LocalImage>>;
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
export interface LocalCloud {
  /** The address of every API, e.g. `http://127.0.0.1:43211`. */
  readonly url: string;
  readonly projectId: string;
  readonly projectNumber: string;
  /** The member that owns the project. */
  readonly owner: string;
  /** What container images stand for, by repository (no tag, no digest). Fill it as one pushes an image. */
  readonly images: Map<string, LocalImage>;
  /** What goes wrong: faults are added and taken away here, or over HTTP at `/local/v1/faults`. */
  readonly faults: Faults;
  /** The last decisions, oldest first: who wanted to do what, and whether it was granted. */
  auditLog(): readonly AuditEntry[];
  /** An access token that stands for a member, e.g. `serviceAccount:a@p.iam.gserviceaccount.com`. */
  tokenFor(member: string, options?: AccessTokenOptions): string;
  /** An identity token of a member for an audience, as Cloud Run asks of its callers. */
  identityTokenFor(member: string, audience: string): Promise<string>;
  /** The address (`host:port`) of a metadata server whose default service account is the given one. */
  metadataServerFor(email: string): Promise<string>;
  /** An address of the APIs at which a request without a token is the given member's. */
  endpointFor(member: string): Promise<string>;
  /** Stops the server, the metadata servers and every process that it started. */
  close(): Promise<void>;
}
