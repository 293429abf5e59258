import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { expect, test } from 'vitest';
import { FoundationStack } from '../../../constructs/foundation-stack.ts';
import { gkePlatform } from '../../../constructs/gke/platform.ts';
import { ServiceStack } from '../../../constructs/service-stack.ts';
import type { PolicyResult } from '../../../review/policies/policies.ts';
import { reviewFolder } from '../../../review/review-synthesis.ts';
import { settingsWith } from '../../constructs/support/synthesize.ts';

/** What the policies find in the stacks as main.ts makes them. */
function resultsWith(context: Record<string, unknown>): PolicyResult[] {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'policies-')));
  try {
    const app = new App({ outdir: join(directory, 'cdktf.out') });
    const settings = settingsWith(context, directory);
    new FoundationStack(app, 'cloud-run-identity-foundation', settings);
    new ServiceStack(app, 'cloud-run-identity', { ...settings, gke: gkePlatform });
    const publicServices = settings.services.filter((service) => service.public);
    app.synth();
    const name = (service: string) => `projects/my-project/locations/us-central1/services/${service}`;
    const names = publicServices.map(({ serviceName }) => name(serviceName));
    return [...reviewFolder({ directory: app.outdir, publicServices: names }).results];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const image = `example.com/orders@sha256:${'a'.repeat(64)}`;

test('with the default settings, nothing is found but that the image has a tag', () => {
  expect(resultsWith({}).map(({ id, severity }) => [id, severity])).toEqual([
    ['run-image-by-digest', 'warning'],
  ]);
});

test.each([
  {},
  { platform: 'gke', cluster: 'projects/my-project/locations/us-central1/clusters/main' },
  { public: true },
  { revealValues: true },
  { existingBucketName: 'their-secrets' },
  { keyId: 'projects/another/locations/global/keyRings/theirs/cryptoKeys/theirs' },
  { adoptExistingKey: true, stateBucket: 'terraform-state' },
  { dataAccessLogs: true, decryptAlertChannel: 'projects/my-project/notificationChannels/1' },
  { storageKeyName: 'storage', keyLocation: 'us-central1', accessLogBucket: 'usage-logs' },
  { binaryAuthorization: 'default', vpcSubnetwork: 'default' },
])('with an image by digest and %o, every policy holds', (context) => {
  expect(resultsWith({ ...context, image })).toEqual([]);
});

test('with several services, every policy holds', () => {
  const services = ['orders', 'invoices', 'letters'].map((name) => ({
    name,
    image,
    public: name === 'letters',
  }));
  expect(resultsWith({ services })).toEqual([]);
});
