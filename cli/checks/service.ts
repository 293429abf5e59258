import { liveVersion, quoteWords } from '@cloud-run-identity/secrets';
import { askAnonymously, askService } from './ask-service.ts';
import { BrokenError, type Check, NotProvenError } from './check.ts';
import { type CloudRunServiceV2, getService } from './cloud-apis.ts';
import { DEPLOY, type Deployment } from './deployment.ts';

const DIAGNOSE = 'npx cloud-run-identity doctor';

/** Path of the service's startup probe: 200 once it has its config. */
const STARTUP_PATH = '/health/startup';

/** Path of its readiness probe, which names the identity and the generation that is in use. */
const READINESS_PATH = '/health/ready';

/** Whether the service answers that it has its config, and has the newest one. */
export const probe: Check = {
  name: 'probe',
  async look(deployment) {
    const { name, region, projectId } = deployment.declared;
    const { uri = '' } = await getService(deployment);
    const { status } = await askService(deployment, uri, STARTUP_PATH);
    if (status === 401 || status === 403) {
      throw new BrokenError(
        `The service ${name} answers ${status}: you lack run.routes.invoke on it.`,
        `gcloud run services add-iam-policy-binding ${name} --region=${region} --project=${projectId}` +
          ' --member=user:YOU --role=roles/run.invoker',
      );
    }
    if (status !== 200) {
      throw new BrokenError(
        `The service ${name} answers ${status} to its startup probe: it has no config.`,
        `gcloud run services logs read ${name} --region=${region} --project=${projectId}`,
      );
    }
    return `${uri} answers 200 and has loaded ${await newestLoaded(deployment)}`;
  },
};

/** Whether the service answers. */
export const answers: Check = {
  name: 'the service answers',
  async look(deployment) {
    const { uri = '' } = await getService(deployment);
    const { status } = await askService(deployment, uri, STARTUP_PATH);
    if (status === 200) return `${uri}${STARTUP_PATH} answers 200`;
    throw new BrokenError(`${uri}${STARTUP_PATH} answers ${status}.`, DIAGNOSE);
  },
};

/** Whether the service itself says that it runs as the declared identity. */
export const saysWhoItIs: Check = {
  name: 'it says so itself',
  async look(deployment) {
    const { uri = '' } = await getService(deployment);
    const declared = deployment.declared.identity;
    const { identity } = await readiness(deployment, uri);
    if (identity === declared) return `${READINESS_PATH} names ${identity}`;
    throw new BrokenError(`${READINESS_PATH} names ${identity ?? 'no identity'}, not ${declared}.`, DIAGNOSE);
  },
};

/** Whether the service uses the newest generation. */
export const hasNewest: Check = {
  name: 'it has loaded the newest generation',
  look: newestLoaded,
};

/** How often a service looks for a new secret unless it is told otherwise. */
const DEFAULT_RELOAD_SECONDS = 900;

/** The newest generation, where the service has loaded it, or is to have by now. */
async function newestLoaded(deployment: Deployment): Promise<string> {
  const { declared, clients } = deployment;
  const { secret, name, region, projectId } = declared;
  const service = await getService(deployment);
  const [said, live] = await Promise.all([
    readiness(deployment, service.uri ?? ''),
    liveVersion(clients, declared),
  ]);
  const { generation, status } = said.secrets?.[secret] ?? said;
  if (live && generation === live.generation) return `generation ${generation}`;
  const problem = `It has loaded ${generation ?? 'none'}; ${live?.generation ?? 'none'} is the newest`;
  // A look is made by a probe when it is due, and by a request at the latest when another one is.
  const limit = new Date(Date.parse(live?.created ?? '') + 2000 * reloadSecondsOf(service));
  if (generation !== undefined && status === 'fresh' && limit.getTime() > Date.now()) {
    const until = limit.toISOString().slice(11, 16);
    throw new NotProvenError(
      `waiting until ${until} UTC. ${problem}, which it looks for by then.`,
      quoteWords(['npx', 'cloud-run-identity', 'doctor', '--service', name, '--secret', secret]),
    );
  }
  throw new BrokenError(
    `${problem}${status === 'failing' ? ', and its last look for it failed' : ''}.`,
    status === 'failing'
      ? quoteWords(['gcloud', 'run', 'services', 'logs', 'read', name, ...whereOf(region, projectId)])
      : quoteWords([
          ...['gcloud', 'run', 'services', 'update', name, ...whereOf(region, projectId)],
          `--update-labels=again=${Date.now()}`,
        ]),
  );
}

function whereOf(region: string, projectId: string): string[] {
  return [`--region=${region}`, `--project=${projectId}`];
}

function reloadSecondsOf({ template }: CloudRunServiceV2): number {
  const variables = template.containers?.[0]?.env ?? [];
  const seconds = variables.find(({ name }) => name === 'RELOAD_SECONDS')?.value;
  return Number(seconds ?? DEFAULT_RELOAD_SECONDS);
}

/** Whether the service lets in whom it should: everybody, or nobody without an identity. */
export const letsIn: Check = {
  name: 'it is private, or public, as declared',
  async look(deployment) {
    const { isPublic } = deployment.declared;
    const { uri = '' } = await getService(deployment);
    const { status } = await askAnonymously(uri, STARTUP_PATH);
    const isOpen = status !== 401 && status !== 403;
    const kind = isPublic ? 'public' : 'private';
    if (isOpen === isPublic) return `declared ${kind}; an anonymous request is answered ${status}`;
    throw new BrokenError(`It is declared ${kind}, and answers ${status} to an anonymous request.`, DEPLOY);
  },
};

interface SecretState {
  readonly status?: string;
  readonly generation?: string;
}

interface Readiness extends SecretState {
  readonly identity?: string;
  /** By their names. */
  readonly secrets?: Readonly<Record<string, SecretState>>;
}

/** What the service says of itself; nothing where it is something else that answers. @throws CommandError */
async function readiness(deployment: Deployment, uri: string): Promise<Readiness> {
  const { text } = await askService(deployment, uri, READINESS_PATH);
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
