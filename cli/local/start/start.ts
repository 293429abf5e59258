import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type Applied,
  applyStack,
  type ContainerLogEntry,
  type LocalCloud,
  type LocalImage,
  startLocalCloud,
} from '@cloud-run-identity/local-cloud';
import { googleClients } from '@cloud-run-identity/secrets';
import { readProjectSettings, type ServiceSettings } from '../../../settings/index.ts';
import type { Environment, Io } from '../../io.ts';
import { step } from '../../output/step.ts';
import { OWNER_TOKEN_SECONDS, writeEndpoint } from '../cloud/endpoint-file.ts';
import { serviceImage } from '../container/service-image.ts';
import { encryptedFilesIn } from '../encrypted-files.ts';
import { environmentVariable, readStacks, type StackService, type Stacks, stackService } from '../stacks.ts';
import { type SynthesizedStack, synthesize } from '../synthesize.ts';
import { startProxy } from './proxy.ts';

/** Where the project is, and what to do while it runs. */
export interface StartOptions {
  readonly projectDirectory: string;
  /** Image to run the service from as a container; `true` builds it. @default it runs as a process */
  readonly container?: string | true | undefined;
  /** Whether it runs on the local GKE, whatever the settings say. @default what the settings say */
  readonly gke?: boolean | undefined;
  /** Gives up starting. */
  readonly signal: AbortSignal;
  /** Is told how to stop what has been started, also when the start fails half-way. */
  readonly cleanup: AsyncDisposableStack;
  /** Receives what the service writes. */
  readonly onServiceLog: (entry: ContainerLogEntry) => void;
}

/** What runs, by name. */
export interface Running {
  /** Address of the authenticated proxy, for a browser. */
  readonly url: string;
  /** Address of the service itself, which asks its callers for an identity token. */
  readonly serviceUrl: string;
  /** Email of the service account that the service runs as. */
  readonly identity: string;
  /** Where it is on the local GKE; absent on Cloud Run. */
  readonly workload?: StackService['workload'] | undefined;
  /** Full resource name of the key. */
  readonly key: string;
  /** `gs://bucket/object`. */
  readonly object: string;
  /** What the user should know of: a taken port, warnings of the synthesis. */
  readonly notes: readonly string[];
}

type SecretSettings = ServiceSettings['secrets'][number];

/** Where the proxy listens when the port is free: the port of the container. */
const PREFERRED_PORT = 8080;

/**
 * What a deployment does, on this machine: synthesizes, deploys the foundation to a local Google Cloud, encrypts
 * config.json with its key, deploys the service, and opens an authenticated way to it. Libraries load while the
 * synthesis runs in its own process.
 *
 * @returns once the service has loaded its config and the proxy listens
 * @throws CommandError, SecretError, UnsupportedConfigurationError, ApplyError; the caller runs the cleanup
 */
export async function startLocal(io: Io, options: StartOptions): Promise<Running> {
  const { projectDirectory, signal, cleanup } = options;
  const runDirectory = makeRunDirectory(projectDirectory, cleanup);
  const folder = path.relative(projectDirectory, runDirectory);
  // Nothing is pushed: the local cloud runs what is here.
  const settings = { ...io.environment, GCP_IMAGE_BUILD: 'none', ...localCluster(io, options) };
  const environment = {
    ...settings,
    ...encryptedFilesIn(folder, projectDirectory, settings),
    ...followingAtOnce(settings, options),
  };
  const synthesizeStacks = async () => {
    const outputDirectory = path.join(runDirectory, 'cdktf.out');
    return readStacks(await synthesize({ projectDirectory, outputDirectory, environment, signal }));
  };

  const { secrets, planned, libraries } = await step(io, 'Check the secrets, synthesize both stacks', () =>
    prepare(io, projectDirectory, environment, synthesizeStacks()),
  );
  const { encryptConfig } = libraries;
  const cloud = await startCloud(io, environment, planned, options);
  const { projectId, url, owner } = cloud;
  const ownerToken = cloud.tokenFor(owner, { lifetimeSeconds: OWNER_TOKEN_SECONDS });
  const target = { url: cloud.url, accessToken: cloud.tokenFor(cloud.owner), signal };
  const apply = ({ name, json, directory }: SynthesizedStack) =>
    step(io, `Apply ${name}`, (report) =>
      applyStack({
        stack: json,
        stackDirectory: directory,
        target,
        onProgress: ({ address, done, total }) => report(`${done} of ${total} applied, now ${address}`),
      }),
    );

  await apply(planned.foundation);
  await step(io, `Encrypt ${secrets.map(({ source }) => path.basename(source)).join(', ')}`, async () => {
    const clients = await googleClients({ endpoint: cloud.url, accessToken: target.accessToken });
    for (const secret of secrets) await encryptConfig({ ...secret, clients });
  });
  // As at a real deployment, only a synthesis after the encryption knows which key version made the object.
  const stacks = await step(io, 'Synthesize again, with what was encrypted', synthesizeStacks);
  const { resources } = await apply(stacks.service);
  // What every command finds it by, from another terminal.
  await writeEndpoint(runDirectory, { url, projectId, region: planned.region, owner, ownerToken });
  return openProxy(io, cloud, await deployedService(cloud, resources), stacks, cleanup);
}

/** What needs no cloud yet: both, even if one fails, since neither may go on alone. */
async function prepare(
  io: Io,
  projectDirectory: string,
  environment: Environment,
  synthesis: Promise<Stacks>,
) {
  const loading = loadLibraries();
  const check = loading.then(({ firstChanges, readPlaintext }) => {
    const { services } = readProjectSettings(projectDirectory, environment);
    const reading = services
      .flatMap((service) => service.secrets)
      .map(async (secret) => {
        const { name, format, encryptedFile, keyId: key } = secret;
        const source = plaintextOf(projectDirectory, secret);
        const plaintext = await readPlaintext({ io, name, format }, source);
        const keysChanged = await firstChanges({ io, name, format }, plaintext);
        return { source, key, encryptedFile, plaintext, keysChanged };
      });
    return Promise.all(reading);
  });
  await Promise.allSettled([check, synthesis]);
  return { secrets: await check, planned: await synthesis, libraries: await loading };
}

/** The file in clear that becomes a ciphertext here: `config.json` for `config.enc`, `tls.txt` for `tls.enc`. */
function plaintextOf(
  projectDirectory: string,
  { encryptedFile, format }: Pick<SecretSettings, 'encryptedFile' | 'format'>,
): string {
  const endings = { json: '.json', text: '.txt', bytes: '.bin' };
  return path.join(projectDirectory, path.basename(encryptedFile, '.enc') + endings[format]);
}

/** What takes long to load. Imported statically, it would delay the process that synthesizes at the same time. */
async function loadLibraries() {
  const [{ encryptConfig, readPlaintext }, { firstChanges }] = await Promise.all([
    import('../../commands/encrypt.ts'),
    import('../../secret/key-changes.ts'),
    // What googleClients imports when it is called.
    import('@google-cloud/kms'),
    import('@google-cloud/storage'),
  ]);
  return { encryptConfig, firstChanges, readPlaintext };
}

/** Starts the local cloud that the stacks are deployed to, once there is what its Cloud Run is to run. */
async function startCloud(
  io: Io,
  environment: NodeJS.ProcessEnv,
  { projectId, region, imageRepository }: Stacks,
  options: StartOptions,
): Promise<LocalCloud> {
  const image = await imageToRun(io, environment, options);
  return step(io, 'Start the local Google Cloud', async () => {
    const cloud = await startLocalCloud({ projectId, region, onLog: options.onServiceLog });
    options.cleanup.defer(() => cloud.close());
    cloud.images.set(imageRepository, image);
    // Services that were listed are of the same sources.
    cloud.images.set('*', image);
    return cloud;
  });
}

/** The service's sources as they are, or a container. */
async function imageToRun(
  io: Io,
  environment: NodeJS.ProcessEnv,
  { projectDirectory, container, signal }: StartOptions,
): Promise<LocalImage> {
  const { serviceEntry: entry } = readProjectSettings(projectDirectory, environment);
  if (container === undefined) {
    return { command: [process.execPath, path.resolve(projectDirectory, entry)] };
  }
  const reference = container === true ? undefined : container;
  return step(io, 'Get the image of the service', async (report) => ({
    container: await serviceImage({ projectDirectory, entry, reference, signal, report }),
  }));
}

/** A folder of this start alone, so that several can run at once. */
function makeRunDirectory(projectDirectory: string, cleanup: AsyncDisposableStack): string {
  const parent = path.join(projectDirectory, '.local');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(path.join(parent, 'start-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Whoever changes a secret here wants to see the page follow, not to wait for fifteen minutes. */
function followingAtOnce(
  environment: NodeJS.ProcessEnv,
  { projectDirectory }: StartOptions,
): Record<string, string> {
  const { reloadSeconds } = readProjectSettings(projectDirectory, environment);
  return reloadSeconds === undefined ? { GCP_RELOAD_SECONDS: '2' } : {};
}

/** The local cloud has one project, and that project one cluster. */
function localCluster(io: Io, { projectDirectory, gke }: StartOptions): Record<string, string> {
  const onLocal = (project: string, region: string) => ({
    GKE_CLUSTER: `projects/${project}/locations/${region}/clusters/local`,
    ...(gke && { GCP_PLATFORM: 'gke' }),
  });
  // On GKE the settings are right only as those of GKE; which project and region they name is not known before.
  const environment = { ...io.environment, ...(gke && onLocal('local-project', 'us-central1')) };
  const { projectId, region, cluster } = readProjectSettings(projectDirectory, environment);
  return cluster === undefined ? {} : onLocal(projectId, region);
}

/** The service that was deployed, with its address and who it runs as. */
async function deployedService(
  cloud: LocalCloud,
  resources: Applied['resources'],
): Promise<StackService & { readonly url: string; readonly serviceAccount: string }> {
  const [service] = [...resources].flatMap(
    ([address, attributes]) => stackService(address.split('.')[0] ?? '', attributes) ?? [],
  );
  if (!service) throw new Error('No service was deployed.');
  const { workload, url = '', serviceAccount = '' } = service;
  if (!workload) return { ...service, url, serviceAccount };
  const [account] = [...resources].filter(([address]) => address.startsWith('google_service_account.'));
  return {
    ...service,
    url: await cloud.kubernetesServiceUrl(workload.namespace, workload.name),
    serviceAccount: String(account?.[1].email),
  };
}

async function openProxy(
  io: Io,
  cloud: LocalCloud,
  service: Awaited<ReturnType<typeof deployedService>>,
  stacks: Stacks,
  cleanup: AsyncDisposableStack,
): Promise<Running> {
  const { url: serviceUrl } = service;
  const proxy = await step(io, 'Open an authenticated proxy', () =>
    startProxy({
      target: serviceUrl,
      identityToken: () => cloud.identityTokenFor(cloud.owner, serviceUrl),
      preferredPort: PREFERRED_PORT,
    }),
  );
  cleanup.defer(() => proxy.close());
  const taken = `Port ${PREFERRED_PORT} is taken: the page is on port ${proxy.port} instead.`;
  return {
    url: proxy.url,
    serviceUrl,
    identity: service.serviceAccount,
    workload: service.workload,
    key: environmentVariable(service, 'KMS_KEY_ID'),
    object: `gs://${environmentVariable(service, 'BUCKET_NAME')}/${environmentVariable(service, 'OBJECT_NAME')}`,
    notes: [
      ...new Set([...stacks.foundation.warnings, ...stacks.service.warnings]),
      ...(proxy.port === PREFERRED_PORT ? [] : [taken]),
    ],
  };
}
