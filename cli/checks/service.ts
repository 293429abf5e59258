import { liveGeneration } from '@cloud-run-identity/secrets';
import { askAnonymously, askService } from './ask-service.ts';
import { BrokenError, type Check } from './check.ts';
import { getService } from './cloud-apis.ts';
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
    const [loaded, live] = await Promise.all([
      readiness(deployment, uri).then(({ generation }) => generation),
      liveGeneration(deployment.clients, deployment.declared),
    ]);
    if (loaded === live) return `${uri} answers 200 and has loaded generation ${live}`;
    throw new BrokenError(
      `The service ${name} answers, but has loaded generation ${loaded ?? 'unknown'}; ${live} is the current one.`,
      `gcloud run services update ${name} --region=${region} --project=${projectId} --update-labels=again=${Date.now()}`,
    );
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
  async look(deployment) {
    const { uri = '' } = await getService(deployment);
    const { generation } = await readiness(deployment, uri);
    const live = await liveGeneration(deployment.clients, deployment.declared);
    if (generation === live) return `generation ${live}`;
    throw new BrokenError(`It has loaded ${generation ?? 'none'}; ${live} is the newest.`, DIAGNOSE);
  },
};

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

/** What the service says of itself; nothing where it is something else that answers. @throws CommandError */
async function readiness(
  deployment: Deployment,
  uri: string,
): Promise<{ readonly identity?: string; readonly generation?: string }> {
  const { text } = await askService(deployment, uri, READINESS_PATH);
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
