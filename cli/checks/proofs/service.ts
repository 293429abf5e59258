import { liveGeneration } from '@cloud-run-identity/secrets';
import { askService } from '../ask-service.ts';
import { BrokenError } from '../broken.ts';
import { getService } from '../cloud-apis.ts';
import { loadedGeneration, STARTUP_PATH } from '../links/probe.ts';
import { differencesOf, revisionOf } from '../links/revision.ts';
import type { Proof } from '../verify.ts';

const DEPLOY = 'npx cdktf deploy cloud-run-identity';
const DIAGNOSE = 'npm run secrets -- doctor';

/** What must hold of the running service. */
export const serviceProofs: readonly Proof[] = [
  {
    claim: 'the service answers',
    async prove(deployment) {
      const { uri = '' } = await getService(deployment);
      const { status } = await askService(deployment, uri, STARTUP_PATH);
      if (status === 200) return `${uri}${STARTUP_PATH} answers 200`;
      throw new BrokenError(`${uri}${STARTUP_PATH} answers ${status}.`, DIAGNOSE);
    },
  },
  {
    // Terraform does not see that a new revision never came up: its next plan is empty.
    claim: 'the newest revision serves',
    prove: async (deployment) => revisionOf(await getService(deployment), deployment),
  },
  {
    claim: 'it runs as its own identity, with its own key and object',
    async prove(deployment) {
      const differences = differencesOf(await getService(deployment), deployment);
      if (differences.length === 0) return deployment.declared.identity;
      throw new BrokenError(`${differences.join('; ')}.`, DEPLOY);
    },
  },
  {
    claim: 'it says so itself',
    async prove(deployment) {
      const { identity } = deployment.declared;
      const { uri = '' } = await getService(deployment);
      const { text } = await askService(deployment, uri, '/');
      // The page breaks long names into parts.
      if (text.replaceAll(/<[^>]*>/g, '').includes(identity)) return `its page names ${identity}`;
      throw new BrokenError(`Its page does not name ${identity}.`, DIAGNOSE);
    },
  },
  {
    claim: 'it has loaded the newest generation',
    async prove(deployment) {
      const { uri = '' } = await getService(deployment);
      const loaded = await loadedGeneration(deployment, uri);
      const live = await liveGeneration(deployment.clients, deployment.declared);
      if (loaded === live) return `generation ${live}`;
      throw new BrokenError(`It has loaded ${loaded ?? 'none'}; ${live} is the newest.`, DIAGNOSE);
    },
  },
];
