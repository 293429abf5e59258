import { NotFoundError } from '@cloud-run-identity/secrets';
import { BrokenError, type Check } from './check.ts';
import { type CloudRunServiceV2, getService } from './cloud-apis.ts';
import { DEPLOY, type Deployment, differencesFrom } from './deployment.ts';

/** Whether the service was deployed as declared, and its newest revision came up. */
export const revision: Check = {
  name: 'revision',
  async look(deployment) {
    const { declared } = deployment;
    const service = await getService(deployment).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      throw new BrokenError(
        `There is no Cloud Run service ${declared.name} in ${declared.region} of project ${declared.projectId}.`,
        DEPLOY,
        { cause: error },
      );
    });
    const differences = differencesOf(service, deployment);
    if (differences.length > 0) {
      throw new BrokenError(
        `The service ${declared.name} is not as it is declared: ${differences.join('; ')}.`,
        DEPLOY,
      );
    }
    return revisionOf(service, deployment);
  },
};

/** Whether the newest revision serves. Terraform does not see that one never came up: its next plan is empty. */
export const newestServes: Check = {
  name: 'the newest revision serves',
  look: async (deployment) => revisionOf(await getService(deployment), deployment),
};

/** Whether the service was deployed with the identity, key and object that are declared. */
export const runsAsDeclared: Check = {
  name: 'it runs as its own identity, with its own key and object',
  async look(deployment) {
    const differences = differencesOf(await getService(deployment), deployment);
    if (differences.length === 0) return deployment.declared.identity;
    throw new BrokenError(`${differences.join('; ')}.`, DEPLOY);
  },
};

function differencesOf({ template }: CloudRunServiceV2, { declared }: Deployment): string[] {
  return differencesFrom(declared, template.serviceAccount, template.containers?.[0]?.env);
}

/** The serving revision. @throws BrokenError when the newest one is another one */
function revisionOf(service: CloudRunServiceV2, { declared }: Deployment): string {
  const { latestCreatedRevision = '', latestReadyRevision = '', terminalCondition } = service;
  const [created, ready] = [latestCreatedRevision, latestReadyRevision].map((name) => name.split('/').at(-1));
  if (terminalCondition?.state === 'CONDITION_SUCCEEDED' && created === ready) return `${ready} is ready`;
  if (terminalCondition?.state === 'CONDITION_RECONCILING') {
    throw new BrokenError(
      `The revision ${created} is still starting${ready ? `; ${ready} serves until then` : ''}.`,
      'wait, then npx cloud-run-identity doctor again',
    );
  }
  const serving = ready ? `The older revision ${ready} serves on.` : 'Nothing serves.';
  // A revision is never tried again by itself, and an unchanged one is no change for Terraform.
  const { name, region, projectId } = declared;
  throw new BrokenError(
    `The revision ${created} did not come up: ${terminalCondition?.message ?? 'Cloud Run does not say why.'} ${serving}`,
    `gcloud run services update ${name} --region=${region} --project=${projectId} --update-labels=again=${Date.now()}`,
  );
}
