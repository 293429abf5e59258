import { crc32c } from '@aws-crypto/crc32c';
import { GoogleApiError } from '../http/errors.ts';
import type { Resource } from '../iam/authorizer.ts';
import type { Persistent } from '../persistence.ts';
import { type CloudState, projectResource } from '../state.ts';

const SERVICE = 'secretmanager.googleapis.com';

/** https://cloud.google.com/secret-manager/quotas: the size of a payload. */
const MAX_PAYLOAD_BYTES = 65_536;

/** google.cloud.secretmanager.v1.SecretVersion, with its payload. */
export interface SecretVersion {
  readonly number: number;
  readonly createTime: string;
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED';
  /** Gone once destroyed. */
  payload: Buffer | undefined;
}

/** google.cloud.secretmanager.v1.Replication: of Google's choice, or in the regions that the user names. */
export type Replication =
  | { readonly automatic: object }
  | { readonly userManaged: { readonly replicas: readonly { readonly location: string }[] } };

/** google.cloud.secretmanager.v1.Secret. */
export interface Secret {
  readonly name: string;
  readonly createTime: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where it is kept; without effect, as everything is on this machine. @default automatic */
  readonly replication?: Replication;
  readonly versions: SecretVersion[];
}

/** A secret as a resource; the project's policy applies as well. */
export function secretResource({ project }: Pick<CloudState, 'project'>, name: string): Resource {
  const policies = [name, ...projectResource(project.projectId).policies];
  return { name, type: `${SERVICE}/Secret`, service: SERVICE, policies };
}

interface Encrypted {
  readonly customerManagedEncryption?: object;
}

/** A secret as a client sends it. */
export interface SecretInput {
  readonly labels?: Record<string, string>;
  readonly replication?: {
    readonly automatic?: Encrypted;
    readonly userManaged?: { readonly replicas?: readonly (Encrypted & { readonly location?: string })[] };
  };
  readonly [field: string]: unknown;
}

/** The secrets of the local cloud, by name. */
export class SecretStore implements Persistent {
  readonly #state: CloudState;
  #secrets = new Map<string, Secret>();

  constructor(state: CloudState) {
    this.#state = state;
  }

  /** Secrets with their payloads. */
  save(): ReadonlyMap<string, Secret> {
    return this.#secrets;
  }

  /** Takes back what `save` gave. */
  load(secrets: Map<string, Secret>): void {
    this.#secrets = secrets;
  }

  /** Makes a secret without versions. @throws GoogleApiError INVALID_ARGUMENT, ALREADY_EXISTS */
  create(id: string, input: SecretInput): Secret {
    const { labels = {}, replication, name: _name, createTime: _time, etag: _etag, ...others } = input;
    const { automatic, userManaged } = replication ?? {};
    const encrypted = [automatic, ...(userManaged?.replicas ?? [])];
    const refused = [
      ...(encrypted.some((one) => one?.customerManagedEncryption) ? ['customerManagedEncryption'] : []),
      // An empty map or list is as good as none; gRPC cannot tell them apart.
      ...Object.keys(others).filter((field) => Object.keys(Object(others[field])).length > 0),
    ];
    if (refused.length > 0) {
      throw new GoogleApiError('UNIMPLEMENTED', `The local cloud does not emulate: ${refused.join(', ')}.`);
    }
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `The provided Secret ID [${id}] does not match the expected format [[a-zA-Z_0-9]+].`,
      );
    }
    const name = `projects/${this.#state.project.projectId}/secrets/${id}`;
    if (this.#secrets.has(name)) {
      throw new GoogleApiError('ALREADY_EXISTS', `Secret [${name}] already exists.`);
    }
    const secret = {
      name,
      createTime: this.#state.now().toISOString(),
      labels,
      replication: readReplication(replication),
      versions: [],
    };
    this.#secrets.set(name, secret);
    this.#state.authorizer.add(name);
    return secret;
  }

  /** All secrets, by name. */
  list(): Secret[] {
    return [...this.#secrets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws GoogleApiError NOT_FOUND */
  get(name: string): Secret {
    const secret = this.#secrets.get(name);
    if (secret) return secret;
    throw new GoogleApiError('NOT_FOUND', `Secret [${name}] not found or has no versions.`);
  }

  /** Deletes a secret with all its versions. @throws GoogleApiError NOT_FOUND */
  delete(name: string): void {
    this.#secrets.delete(this.get(name).name);
    this.#state.authorizer.remove(name);
  }

  /** Adds an enabled version. @throws GoogleApiError NOT_FOUND, INVALID_ARGUMENT for what is damaged or too large */
  addVersion(name: string, { data = '', dataCrc32c }: { data?: string; dataCrc32c?: string }): SecretVersion {
    const secret = this.get(name);
    const payload = Buffer.from(data, 'base64');
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `The payload is ${payload.length} bytes long; at most ${MAX_PAYLOAD_BYTES} are allowed.`,
      );
    }
    if (dataCrc32c !== undefined && Number(dataCrc32c) !== crc32c(payload)) {
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        'The checksum in field data_crc32c did not match the data in field data.',
      );
    }
    const createTime = this.#state.now().toISOString();
    const number = secret.versions.length + 1;
    const version: SecretVersion = { number, createTime, state: 'ENABLED', payload };
    secret.versions.push(version);
    return version;
  }

  /** A version by its number, or `latest`. @throws GoogleApiError NOT_FOUND */
  version(name: string, id: string): SecretVersion {
    const { versions } = this.get(name);
    const found = id === 'latest' ? versions.at(-1) : versions.find(({ number }) => String(number) === id);
    if (found) return found;
    throw new GoogleApiError('NOT_FOUND', `Secret Version [${name}/versions/${id}] not found.`);
  }

  /** The payload of an enabled version. @throws GoogleApiError NOT_FOUND, FAILED_PRECONDITION */
  access(name: string, id: string) {
    const { number, state, payload } = this.version(name, id);
    const version = `${name}/versions/${number}`;
    if (state === 'ENABLED' && payload) {
      const data = payload.toString('base64');
      return { name: version, payload: { data, dataCrc32c: String(crc32c(payload)) } };
    }
    throw new GoogleApiError('FAILED_PRECONDITION', `Secret Version [${version}] is in ${state} state.`);
  }

  /** Enables, disables or destroys a version. @throws GoogleApiError NOT_FOUND, FAILED_PRECONDITION once destroyed */
  change(name: string, id: string, verb: 'enable' | 'disable' | 'destroy'): SecretVersion {
    const version = this.version(name, id);
    if (version.state === 'DESTROYED') {
      throw new GoogleApiError(
        'FAILED_PRECONDITION',
        `Secret Version [${name}/versions/${id}] is DESTROYED.`,
      );
    }
    version.state = verb === 'destroy' ? 'DESTROYED' : verb === 'disable' ? 'DISABLED' : 'ENABLED';
    if (verb === 'destroy') version.payload = undefined;
    return version;
  }
}

function readReplication({ automatic, userManaged }: SecretInput['replication'] = {}): Replication {
  const replicas = (userManaged?.replicas ?? []).flatMap(({ location }) => (location ? [{ location }] : []));
  if (userManaged && !automatic && replicas.length > 0) return { userManaged: { replicas } };
  if (automatic && !userManaged) return { automatic: {} };
  throw new GoogleApiError(
    'INVALID_ARGUMENT',
    'The request must specify a replication policy: secret.replication, automatic or userManaged with the location of each replica.',
  );
}
