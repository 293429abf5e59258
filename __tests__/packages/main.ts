/** What somebody else's project does with the packages: synthesizes, reviews, applies, and reads a secret. */
import { startLocalCloud } from '@cloud-run-identity/local-cloud';
import { SecretError } from '@cloud-run-identity/secrets';
import secret from '@cloud-run-identity/secrets/fastify';
import { synthesize } from './infrastructure.js';

async function main() {
  synthesize('cdktf.out');
  const cloud = await startLocalCloud({ apply: 'cdktf.out' });
  try {
    console.log(cloud.projectId, Object.keys(cloud.applied.get('secrets') ?? {}).length > 0);
    console.log(typeof secret, SecretError.name);
  } finally {
    await cloud.stop();
  }
}

main();
