import { liveGeneration } from '@cloud-run-identity/secrets';
import { askService } from '../ask-service.ts';
import { BrokenError } from '../broken.ts';
import { getService } from '../cloud-apis.ts';
import type { Deployment } from '../deployment.ts';
import type { Link } from '../doctor.ts';

/** Path of the service's startup probe: 200 once it has its config. */
export const STARTUP_PATH = '/health/startup';

/** Path of its readiness probe, which names the generation that is in use. */
const READINESS_PATH = '/health/ready';

/** Whether the service answers that it has its config, and has the newest one. */
export const probeLink: Link = {
  name: 'probe',
  async check(deployment) {
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
      loadedGeneration(deployment, uri),
      liveGeneration(deployment.clients, deployment.declared),
    ]);
    if (loaded === live) return `${uri} answers 200 and has loaded generation ${live}`;
    throw new BrokenError(
      `The service ${name} answers, but has loaded generation ${loaded ?? 'unknown'}; ${live} is the current one.`,
      `gcloud run services update ${name} --region=${region} --project=${projectId} --update-labels=again=${Date.now()}`,
    );
  },
};

/** The generation that the service says that it uses; undefined when it says none. @throws CommandError */
export async function loadedGeneration(deployment: Deployment, uri: string): Promise<string | undefined> {
  const { text } = await askService(deployment, uri, READINESS_PATH);
  try {
    return (JSON.parse(text) as { generation?: string }).generation;
  } catch {
    return undefined;
  }
}
