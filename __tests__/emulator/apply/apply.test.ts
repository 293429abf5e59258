// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform evaluates these.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyStack, type Progress } from '../../../emulator/apply/apply.ts';
import type { JsonObject } from '../../../emulator/apply/configuration.ts';
import { changed, type Deployment, prepareDeployment } from '../../cli/support/deployment.ts';
import { writeContainer } from '../../cli/support/project.ts';

interface Policy {
  readonly bindings: readonly { readonly role: string; readonly members: readonly string[] }[];
}

let deployment: Deployment;

beforeAll(async () => {
  deployment = await prepareDeployment();
  await deployment.apply(deployment.stacks.foundation);
});

afterAll(() => deployment?.close());

/** Applies JSON as the project's owner or as somebody else. */
function apply(
  json: JsonObject,
  options: { member?: string; onProgress?: (progress: Progress) => void } = {},
) {
  const { cloud, directory, stacks } = deployment;
  const { member = cloud.owner, ...rest } = options;
  const target = {
    url: cloud.url,
    accessToken: cloud.tokenFor(member),
  };
  const provider = { google: [{ project: stacks.projectId }] };
  return applyStack({ stack: { provider, ...json }, stackDirectory: directory, target, ...rest });
}

test('many grants on one bucket at once all arrive', async () => {
  const name = 'many-grants-bucket';
  const role = 'roles/storage.objectViewer';
  const members = Array.from({ length: 40 }, (_, index) => `user:user${index}@example.com`);
  const grants = members.map((member, index) => [
    `g${index}`,
    { bucket: '${google_storage_bucket.b.name}', role, member },
  ]);
  await apply({
    resource: {
      google_storage_bucket: { b: { name, location: 'US', uniform_bucket_level_access: true } },
      google_storage_bucket_iam_member: Object.fromEntries(grants),
    },
  });
  const { bindings } = await deployment.get<Policy>(
    `/storage/v1/b/${name}/iam?optionsRequestedPolicyVersion=3`,
  );
  expect(bindings.find((binding) => binding.role === role)?.members.toSorted()).toEqual(members.toSorted());
});

test('an object without ignored changes follows its file', async () => {
  const source = path.join(deployment.directory, 'object.txt');
  const json = {
    resource: {
      google_storage_bucket: { b: { name: 'followed-bucket', location: 'US' } },
      google_storage_bucket_object: {
        o: {
          name: 'a/b c?.txt',
          bucket: '${google_storage_bucket.b.name}',
          source,
          content_type: 'text/plain',
        },
      },
    },
  };
  for (const content of ['first', 'the second']) {
    await writeFile(source, content);
    const { resources } = await apply(json);
    const md5hash = createHash('md5').update(content).digest('base64');
    expect(resources.get('google_storage_bucket_object.o')).toMatchObject({ md5hash });
  }
});

test('a missing permission names the resource, in the words of the API, and nothing that needs it begins', async () => {
  const started: string[] = [];
  const json = {
    resource: {
      google_kms_key_ring: { ring: { name: 'forbidden', location: 'global' } },
      google_kms_crypto_key: { key: { name: 'k', key_ring: '${google_kms_key_ring.ring.id}' } },
    },
  };
  const applying = apply(json, {
    member: 'user:nobody@example.com',
    onProgress: ({ address }) => started.push(address),
  });
  await expect(applying).rejects.toThrow(/^google_kms_key_ring\.ring: .*403.*cloudkms\.keyRings\.create/);
  expect(started).toEqual(['google_kms_key_ring.ring']);
});

test('several failures are all told', async () => {
  const key_ring = `projects/${deployment.stacks.projectId}/locations/global/keyRings/nowhere`;
  const json = {
    resource: { google_kms_crypto_key: { a: { name: 'a', key_ring }, b: { name: 'b', key_ring } } },
  };
  await expect(apply(json)).rejects.toThrow(/google_kms_crypto_key\.a: .*\n?.*google_kms_crypto_key\.b: /s);
});

test('a container that does not start fails the apply with the reason that Cloud Run gives', async () => {
  const { cloud, stacks, directory } = deployment;
  const program = await writeContainer(directory, 'failing');
  cloud.images.set('us-docker.pkg.dev/p/r/failing', { command: [process.execPath, program] });
  const json = changed(stacks.service, 'google_cloud_run_service', (args) => {
    const { spec } = args.template as { spec: { containers: { image: string }[] } };
    for (const container of spec.containers) container.image = 'us-docker.pkg.dev/p/r/failing@sha256:00';
  });
  await expect(deployment.apply(stacks.service, json)).rejects.toThrow(
    /^google_cloud_run_service\.service: .*is not ready/s,
  );
});

test('what is not known is refused before the first request', async () => {
  const { stacks, directory } = deployment;
  const resource = { ...(stacks.service.json.resource as object), google_pubsub_topic: { t: {} } };
  // Nobody listens there: a request would fail in another way.
  const target = { url: 'http://127.0.0.1:9', accessToken: '' };
  const applying = applyStack({
    stack: { ...stacks.service.json, resource },
    stackDirectory: directory,
    target,
  });
  await expect(applying).rejects.toThrow(/google_pubsub_topic\.t: unknown resource type/);
});

test('an abort ends the apply', async () => {
  const { cloud, stacks } = deployment;
  const { json, directory: stackDirectory } = stacks.foundation;
  const target = { url: cloud.url, accessToken: cloud.tokenFor(cloud.owner), signal: AbortSignal.abort() };
  await expect(applyStack({ stack: json, stackDirectory, target })).rejects.toThrow(/abort/);
});
