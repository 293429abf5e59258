/** What somebody else's project does with the packages: synthesizes, reviews, applies, and reads a secret. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type LocalCloud, startLocalCloud } from '@cloud-run-identity/local-cloud';
import { reviewFolder } from '@cloud-run-identity/review';
import secret, { type SecretOf } from '@cloud-run-identity/secrets/fastify';
import { fastify } from 'fastify';
import { keyId, synthesize } from './infrastructure.js';

const schema = {
  type: 'object',
  required: ['apiKey'],
  properties: { apiKey: { type: 'string', 'x-secret': true }, retries: { type: 'integer' } },
} as const;

declare module '@cloud-run-identity/secrets/fastify' {
  interface Secrets {
    orders: SecretOf<{ readonly schema: typeof schema }>;
  }
}

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
    console.log('secret', await readSecret(cloud, 'orders@my-project.iam.gserviceaccount.com'));
    console.log('stranger', await readSecret(cloud, 'stranger@my-project.iam.gserviceaccount.com'));
  } finally {
    await cloud.stop();
  }
}

/** Runs an app with the secret as a service account, as Cloud Run would. @returns a value, or the status of its probe */
async function readSecret(cloud: LocalCloud, email: string): Promise<string> {
  Object.assign(process.env, {
    SECRET_ORDERS: `gs://my-project-orders/orders.enc?key=${keyId}`,
    K_SERVICE: 'orders',
    GCE_METADATA_HOST: await cloud.metadataServerFor(email),
  });
  const app = fastify();
  await app.register(secret, { name: 'orders', schema });
  const { statusCode } = await app.inject('/health/startup');
  const key: string | undefined = app.secrets.orders.current?.value.apiKey;
  await app.close();
  return key ?? `startup ${statusCode}`;
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
