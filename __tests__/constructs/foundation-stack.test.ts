import { expect, test } from 'vitest';
import { foundationStack } from './support/stacks.ts';
import { only } from './support/synthesize.ts';

test('the foundation turns on every API that both stacks call, and leaves them on', () => {
  const services = Object.values(foundationStack().json.resource.google_project_service ?? {});
  expect(services.map(({ service }) => service).sort()).toEqual([
    'artifactregistry.googleapis.com',
    'cloudkms.googleapis.com',
    'iam.googleapis.com',
    'run.googleapis.com',
    'storage.googleapis.com',
  ]);
  expect(services.every(({ disable_on_destroy }) => disable_on_destroy === false)).toBe(true);
});

test('key ring and image repository wait for their API', () => {
  const { json } = foundationStack();
  const apiOf = (type: string) => {
    const [address] = only(json, type).depends_on as [string];
    const [service, name] = address.split('.') as [string, string];
    return json.resource[service]?.[name]?.service;
  };
  expect(apiOf('google_kms_key_ring')).toBe('cloudkms.googleapis.com');
  expect(apiOf('google_artifact_registry_repository')).toBe('artifactregistry.googleapis.com');
});

test('the settings name everything in it', () => {
  const { json } = foundationStack({
    region: 'europe-west1',
    keyRingName: 'ring',
    keyName: 'key',
    keyLocation: 'europe',
  });
  expect(json.provider.google).toEqual([{ project: 'my-project', region: 'europe-west1' }]);
  expect(only(json, 'google_kms_key_ring')).toMatchObject({ name: 'ring', location: 'europe' });
  expect(only(json, 'google_kms_crypto_key')).toMatchObject({ name: 'key' });
  expect(only(json, 'google_artifact_registry_repository')).toMatchObject({
    repository_id: 'cloud-run-identity',
    location: 'europe-west1',
    format: 'DOCKER',
    mode: 'STANDARD_REPOSITORY',
    labels: { app: 'cloud-run-identity' },
  });
});

test('the sample project is a warning that says how to set another; a real one is none', () => {
  expect(foundationStack().warnings).toEqual([]);
  expect(foundationStack({ projectId: 'sample-project' }).warnings).toEqual([
    expect.stringMatching(/sample-project.*"projectId".*cdktf\.json.*GCP_PROJECT_ID/),
  ]);
});
