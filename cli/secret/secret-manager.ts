import { callGoogle, crc32c, NotFoundError, retryDamaged, TransferError } from '@cloud-run-identity/secrets';
import { endpointOf } from '../google/environment.ts';
import type { OpenSecret } from './open.ts';

/** `projects/P/secrets/S`, with a version of it where that matters. */
const NAME = /^projects\/([a-z0-9:.-]+)\/secrets\/([A-Za-z0-9_-]{1,255})(?:\/versions\/([0-9]+|[a-z-]+))?$/;

/** Whether a source or destination is a secret of Secret Manager and not a file. */
export function isSecretName(text: string): boolean {
  return NAME.test(text);
}

/** The parts of a secret's name; the version is `latest` where it has none. */
export function parseSecretName(name: string): { secret: string; project: string; version: string } {
  const [, project = '', id = '', version = 'latest'] = NAME.exec(name) ?? [];
  return { secret: `projects/${project}/secrets/${id}`, project, version };
}

/**
 * Reads a version of a secret and checks its CRC32C
 * (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).
 *
 * @returns the payload, and the version's full resource name
 * @throws SecretError
 */
export async function accessSecret(
  { clients, io }: Pick<OpenSecret, 'clients' | 'io'>,
  name: string,
): Promise<{ payload: Buffer; version: string }> {
  const { secret, project, version } = parseSecretName(name);
  const resource = `${secret}/versions/${version}`;
  const call = callOn(resource, project, 'secretmanager.versions.access', 'secretAccessor');
  return retryDamaged(async () => {
    const answer = await callGoogle(call, clients.callerEmail, () =>
      clients.request<{ name: string; payload: { data: string; dataCrc32c?: string } }>({
        url: `${endpointOf(io.environment, 'secretmanager')}/v1/${resource}:access`,
      }),
    );
    const payload = Buffer.from(answer.payload.data, 'base64');
    if (Number(answer.payload.dataCrc32c) === crc32c(payload)) return { payload, version: answer.name };
    throw new TransferError(`${resource} was damaged in transit: its CRC32C differs.`, 'try again.');
  });
}

/**
 * Adds a version to a secret, which is made where it does not exist yet, replicated as Google chooses. Secret Manager
 * takes up to 64 KiB and refuses what does not have the CRC32C that is sent with it.
 *
 * @returns the version's full resource name
 * @throws SecretError
 */
export async function addSecretVersion(
  { clients, io }: Pick<OpenSecret, 'clients' | 'io'>,
  name: string,
  payload: Buffer,
): Promise<string> {
  const { secret, project } = parseSecretName(name);
  const add = () =>
    callGoogle(
      callOn(secret, project, 'secretmanager.versions.add', 'secretVersionAdder'),
      clients.callerEmail,
      () =>
        clients.request<{ name: string }>({
          url: `${endpointOf(io.environment, 'secretmanager')}/v1/${secret}:addVersion`,
          method: 'POST',
          body: { payload: { data: payload.toString('base64'), dataCrc32c: String(crc32c(payload)) } },
        }),
    );
  const added = await add().catch(async (error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    await createSecret({ clients, io }, secret, project);
    return add();
  });
  return added.name;
}

async function createSecret(
  { clients, io }: Pick<OpenSecret, 'clients' | 'io'>,
  secret: string,
  project: string,
): Promise<void> {
  const call = callOn(secret, project, 'secretmanager.secrets.create', 'admin');
  const id = secret.slice(secret.lastIndexOf('/') + 1);
  await callGoogle(call, clients.callerEmail, () =>
    clients.request({
      url: `${endpointOf(io.environment, 'secretmanager')}/v1/projects/${project}/secrets?secretId=${id}`,
      method: 'POST',
      body: { replication: { automatic: {} } },
    }),
  );
}

function callOn(resource: string, project: string, permission: string, role: string) {
  return {
    permission,
    resource,
    project,
    role: `roles/secretmanager.${role}`,
    api: 'secretmanager.googleapis.com',
  };
}
