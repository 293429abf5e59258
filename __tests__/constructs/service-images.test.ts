import { expect, test } from 'vitest';
import { imageSourcesHash } from '../../constructs/image-context.ts';
import { SettingsError } from '../../settings/settings-error.ts';
import { foundationStack, PROJECT, serviceStack } from './support/stacks.ts';
import { only, settingsWith, type TerraformJson } from './support/synthesize.ts';

const REPOSITORY = 'us-central1-docker.pkg.dev/my-project/cloud-run-identity';

const imageOf = (json: TerraformJson) =>
  only(json, 'google_cloud_run_service').template.spec.containers[0].image as string;

function onlyData(json: TerraformJson, type: string): [name: string, found: object] {
  const [entry, ...others] = Object.entries(json.data?.[type] ?? {});
  if (!entry || others.length > 0) throw new Error(`not one look-up of type ${type}`);
  return entry;
}

test('without a build the image is the one that the settings name, and no provider but Google is needed', () => {
  const { json } = serviceStack();
  expect(imageOf(json)).toBe(`${REPOSITORY}/cloudrun-identity:latest`);
  expect(Object.keys(json.provider)).toEqual(['google']);
  const image = `example.com/image@sha256:${'a'.repeat(64)}`;
  expect(imageOf(serviceStack({ image }).json)).toBe(image);
});

test('Docker builds it for Cloud Run from this project, and the service gets the digest that was pushed', () => {
  const { json } = serviceStack({ imageBuild: 'docker' });
  const image = only(json, 'docker_image');
  expect(image.build).toMatchObject({ dockerfile: 'service/Dockerfile', platform: 'linux/amd64' });
  expect(image.build.context).toMatch(/^\$\{path\.module\}\/(?:\.\.\/)+/);
  expect(imageOf(json)).toMatch(
    new RegExp(`^${REPOSITORY}/cloudrun-identity@\\$\\{docker_registry_image\\.[\\w-]+\\.sha256_digest\\}$`),
  );
});

test('Docker builds and pushes when the sources changed, and for no other reason', () => {
  const { json } = serviceStack({ imageBuild: 'docker' });
  const image = only(json, 'docker_image');
  const pushed = only(json, 'docker_registry_image');
  const sources = imageSourcesHash(PROJECT, 'service/server.ts');
  expect([image.triggers, pushed.triggers]).toEqual([{ sources }, { sources }]);
  expect(image.lifecycle).toEqual({ ignore_changes: ['build'] });
  expect(image.name).toBe(`${REPOSITORY}/cloudrun-identity:sources-${sources.slice(0, 12)}`);
});

test('a repository that is not there fails the plan, before anything is built', () => {
  const { json } = serviceStack({ imageBuild: 'docker', region: 'europe-west1' });
  const [name, lookup] = onlyData(json, 'google_artifact_registry_repository');
  expect(lookup).toMatchObject({ location: 'europe-west1', repository_id: 'cloud-run-identity' });
  expect(only(json, 'docker_image').depends_on).toEqual([`data.google_artifact_registry_repository.${name}`]);
});

test('the image outlives the stack', () => {
  const { json } = serviceStack({ imageBuild: 'docker' });
  expect(only(json, 'docker_image').keep_locally).toBe(true);
  expect(only(json, 'docker_registry_image').keep_remotely).toBe(true);
});

test('the credentials of the registry are for Docker alone to know', () => {
  const { provider } = serviceStack({ imageBuild: 'docker', region: 'europe-west1' }).json;
  expect(provider.docker).toEqual([{ registry_auth: [{ address: 'europe-west1-docker.pkg.dev' }] }]);
});

test('Cloud Build leaves it in the repository, where it is found by its sources and taken by its digest', () => {
  const { json, infos } = serviceStack({ imageBuild: 'cloud-build' });
  const [name, found] = onlyData(json, 'google_artifact_registry_docker_image');
  const tagged = `cloudrun-identity:sources-${imageSourcesHash(PROJECT, 'service/server.ts').slice(0, 12)}`;
  expect(found).toMatchObject({ image_name: tagged, repository_id: 'cloud-run-identity' });
  expect(imageOf(json)).toBe(`\${data.google_artifact_registry_docker_image.${name}.self_link}`);
  expect(infos).toEqual([
    expect.stringContaining(`gcloud builds submit --project my-project --config cloudbuild.yaml`),
  ]);
  expect(infos[0]).toContain(
    ' --service-account projects/my-project/serviceAccounts/image-builder@my-project.iam.gserviceaccount.com ' +
      '--gcs-source-staging-dir gs://my-project-image-sources/source ',
  );
  expect(infos[0]).toContain(`_IMAGE=${REPOSITORY}/${tagged},`);
});

test('Cloud Build needs its API', () => {
  const enabled = (imageBuild: string) =>
    Object.values(foundationStack({ imageBuild }).json.resource.google_project_service ?? {}).map(
      ({ service }) => service,
    );
  expect(enabled('cloud-build')).toContain('cloudbuild.googleapis.com');
  expect(enabled('docker')).not.toContain('cloudbuild.googleapis.com');
});

test('Cloud Build builds as an account of its own, which may do exactly what a build needs', () => {
  const grants = (imageBuild: string) => {
    const { resource } = foundationStack({ imageBuild }).json;
    return Object.entries(resource)
      .filter(([type]) => type.endsWith('_iam_member'))
      .flatMap(([type, all]) => Object.values(all).map(({ role }) => `${type} ${role}`));
  };
  expect(grants('docker')).toEqual([]);
  expect(grants('cloud-build').sort()).toEqual([
    'google_artifact_registry_repository_iam_member roles/artifactregistry.writer',
    'google_project_iam_member roles/logging.logWriter',
    'google_storage_bucket_iam_member roles/storage.objectViewer',
  ]);
});

test('services with one image name share the image; others have their own', () => {
  const services = [
    { name: 'orders-a', imageName: 'orders' },
    { name: 'orders-b', imageName: 'orders' },
    { name: 'invoices' },
  ];
  const { json } = serviceStack({ imageBuild: 'docker', services });
  const names = Object.values(json.resource.docker_image ?? {}).map(({ name }) => name.split(':')[0]);
  expect(names.sort()).toEqual([`${REPOSITORY}/invoices`, `${REPOSITORY}/orders`]);
});

test.each(['docker', 'cloud-build'])('an image that is given is no image to build with %s', (imageBuild) => {
  const read = () => settingsWith({ imageBuild, image: 'example.com/image:1' }, '/');
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(/image.*imageBuild.*set "imageBuild" to none/s);
});

test('another way to build is refused, with those that there are', () => {
  expect(() => settingsWith({ imageBuild: 'kaniko' }, '/')).toThrow(/none, docker or cloud-build/);
});
