/** The infrastructure of somebody else's project, who has the packages and nothing of this repository. */

import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { KeyRing, ServiceIdentity } from '@cloud-run-identity/constructs';
import { App, TerraformStack } from 'cdktf';

class SecretsStack extends TerraformStack {
  constructor(app: App) {
    super(app, 'secrets');
    new GoogleProvider(this, 'google', { project: 'my-project', region: 'us-central1' });
    new ServiceIdentity(this, 'identity', { accountId: 'orders-identity', displayName: 'orders' });
    new KeyRing(this, 'ring', { name: 'secrets', location: 'global' });
  }
}

/** Synthesizes it into a folder. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  new SecretsStack(app);
  app.synth();
}
