import { askAnonymously } from '../ask-service.ts';
import { BrokenError } from '../broken.ts';
import { getService } from '../cloud-apis.ts';
import { STARTUP_PATH } from '../links/probe.ts';
import type { Proof } from '../verify.ts';

/** Whether the service lets in whom it should: everybody, or nobody without an identity. */
export const invokerProof: Proof = {
  claim: 'it is private, or public, as declared',
  async prove(deployment) {
    const { isPublic } = deployment.declared;
    const { uri = '' } = await getService(deployment);
    const { status } = await askAnonymously(uri, STARTUP_PATH);
    const isOpen = status !== 401 && status !== 403;
    const kind = isPublic ? 'public' : 'private';
    if (isOpen === isPublic) return `declared ${kind}; an anonymous request is answered ${status}`;
    throw new BrokenError(
      `It is declared ${kind}, and answers ${status} to an anonymous request.`,
      'npx cdktf deploy cloud-run-identity',
    );
  },
};
