/** The infrastructure of somebody else's project, who has the packages and nothing of this repository. */

import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { KeyRing, SecretService } from '@cloud-run-identity/constructs';
import { App, TerraformStack } from 'cdktf';

const projectId = 'my-project';
const location = 'us-central1';

/** Full resource name of the key of the service's secret. */
export const keyId = `projects/${projectId}/locations/global/keyRings/secrets/cryptoKeys/orders`;

class KeysStack extends TerraformStack {
  constructor(app: App) {
    super(app, 'keys');
    new GoogleProvider(this, 'google', { project: projectId, region: location });
    new KeyRing(this, 'ring', { name: 'secrets', location: 'global' }).addKey('orders', { name: 'orders' });
  }
}

class OrdersStack extends TerraformStack {
  constructor(app: App, encryptedFile: string) {
    super(app, 'orders');
    new GoogleProvider(this, 'google', { project: projectId, region: location });
    new SecretService(this, 'orders', {
      name: 'orders',
      location,
      projectId,
      image: `${location}-docker.pkg.dev/${projectId}/images/orders@sha256:${'0'.repeat(64)}`,
      secrets: [{ name: 'config', encryptedFile, keyId }],
    });
  }
}

/** Synthesizes it into a folder. @param encryptedFile absolute path of the service's secret */
export function synthesize(outdir: string, encryptedFile: string): void {
  const app = new App({ outdir });
  new KeysStack(app);
  new OrdersStack(app, encryptedFile);
  app.synth();
}
