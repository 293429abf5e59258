/** What somebody else's project does with the packages: synthesizes, reviews, applies, and reads a secret. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LocalCloud, startLocalCloud } from '@cloud-run-identity/local-cloud';
import { reviewFolder } from '@cloud-run-identity/review';
import { keyId, synthesize } from './infrastructure.js';

const encryptedFile = resolve('orders.enc');

async function main() {
  synthesize('cdktf.out', encryptedFile);
  const { review } = reviewFolder({ directory: 'cdktf.out' });
  const readers = review.secrets.flatMap((secret) => secret.readers.map(({ principal }) => principal));
  console.log('readers', readers);

  const cloud = await startLocalCloud({ apply: 'cdktf.out/stacks/keys' });
  try {
    writeFileSync(encryptedFile, await encrypt(cloud, JSON.stringify({ apiKey: 'a-key' })));
    synthesize('cdktf.out', encryptedFile);
    await cloud.apply('cdktf.out/stacks/orders');
    console.log('applied', [...cloud.applied.keys()]);
  } finally {
    await cloud.stop();
  }
}

async function encrypt(cloud: LocalCloud, plaintext: string): Promise<Buffer> {
  const answer = await fetch(`${cloud.url}/kms/v1/${keyId}:encrypt`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${cloud.as(cloud.owner).accessToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ plaintext: Buffer.from(plaintext).toString('base64') }),
  });
  const { ciphertext } = (await answer.json()) as { ciphertext: string };
  return Buffer.from(ciphertext, 'base64');
}

main();
