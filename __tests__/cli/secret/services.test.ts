import { expect, test } from 'vitest';
import { synthesize } from '../../../cli/local/synthesize.ts';
import { chooseService, declaredServices, servicesOf } from '../../../cli/secret/services.ts';
import { projectDirectory, temporaryDirectory } from '../support/project.ts';

test('the settings’ service is found with the names that its deployment has', async () => {
  expect(await declaredServices(projectDirectory)).toEqual([
    {
      name: 'cloudrun-identity',
      projectId: 'sample-project',
      region: 'us-central1',
      identity: 'cloud-run-identity@sample-project.iam.gserviceaccount.com',
      bucket: 'sample-project-cloudrun-identity',
      object: 'config.enc',
      key: 'projects/sample-project/locations/global/keyRings/cloudrun-secrets/cryptoKeys/cloudrun-identity',
      isPublic: false,
    },
  ]);
});

test('of several services each is found, and one has to be chosen', async () => {
  const directory = await temporaryDirectory();
  const services = [{ name: 'orders', public: true }, { name: 'billing' }];
  const stacks = await synthesize({
    projectDirectory,
    outputDirectory: directory.path,
    environment: { GCP_SERVICES: JSON.stringify(services) },
  });
  await directory.remove();
  const stack = stacks.get('cloud-run-identity');
  const found = stack ? servicesOf(stack) : [];
  expect(found.map(({ name, object, isPublic }) => ({ name, object, isPublic }))).toEqual([
    { name: 'billing', object: 'billing.enc', isPublic: false },
    { name: 'orders', object: 'orders.enc', isPublic: true },
  ]);
  expect(chooseService(found, 'billing').identity).toBe('billing@sample-project.iam.gserviceaccount.com');
  expect(() => chooseService(found)).toThrow(
    /several services: choose one of billing, orders with --service/,
  );
  expect(() => chooseService(found, 'shop')).toThrow(/no service shop: choose one of billing, orders/);
});
