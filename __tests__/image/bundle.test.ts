import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';
import { freePort } from '../../emulator/run/free-port.ts';
import { BUNDLE_FILES, bundledFiles } from '../../scripts/bundle/bundle-files.ts';
import { GAX_WITHOUT_GRPC } from '../../scripts/bundle/gax-without-grpc.ts';
import { ALLOWED_LICENCES, type BillOfMaterials } from '../../scripts/bundle/licences.ts';
import { projectDirectory, temporaryDirectory } from '../cli/support/project.ts';
import { createReadyScene, createScene, sampleConfig } from '../support/scene.ts';
import { serviceEnvironment, startService } from '../support/service-process.ts';
import { bundle, copyContext } from './support/context.ts';
import { startMetadataServer } from './support/metadata-server.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let outputDirectory: string;
let sampleDirectory: string;

const allFiles = [
  ...bundledFiles.flatMap((file) => [file, `${file}.map`]),
  'THIRD-PARTY-LICENSES.txt',
  'sbom.cdx.json',
];
const read = (file: string) => readFile(path.join(outputDirectory, file), 'utf8');
const readBill = async () => JSON.parse(await read(BUNDLE_FILES.billOfMaterials)) as BillOfMaterials;

beforeAll(async () => {
  directory = await temporaryDirectory();
  outputDirectory = path.join(directory.path, 'out');
  sampleDirectory = path.join(directory.path, 'sample');
  await bundle(projectDirectory, outputDirectory);
  // Of another entry, whose schema is the tests' own.
  await bundle(projectDirectory, sampleDirectory, '__tests__/support/service/server.ts');
});

afterAll(() => directory?.remove());

describe('the bundle', () => {
  test('has the same bytes when it is made elsewhere, from nothing but the context', async () => {
    const elsewhere = path.join(directory.path, 'some', 'where', 'else');
    await copyContext(elsewhere);
    const outputElsewhere = path.join(elsewhere, 'dist');
    await bundle(elsewhere, outputElsewhere);
    for (const file of allFiles) {
      const same = (await readFile(path.join(outputElsewhere, file))).equals(
        await readFile(path.join(outputDirectory, file)),
      );
      expect(same, file).toBe(true);
    }
  });

  test('is one file and those that a setting asks for, with source maps apart and without source', async () => {
    expect((await readdir(outputDirectory)).sort()).toEqual(allFiles.toSorted());
    expect((await read(BUNDLE_FILES.bundle)).includes('sourceMappingURL')).toBe(false);
    const map = JSON.parse(await read(`${BUNDLE_FILES.bundle}.map`)) as Record<string, unknown>;
    expect(map.sources).toContain('../service/server.ts');
    expect(map.sourcesContent).toBeUndefined();
  });

  test('names no folder of the machine that it was made on', async () => {
    for (const file of allFiles) {
      const text = await read(file);
      for (const folder of [directory.path, projectDirectory])
        expect(text.includes(folder), file).toBe(false);
    }
  });
});

describe('the bundled service', () => {
  let cloud: LocalCloud;

  beforeAll(async () => {
    cloud = await startLocalCloud({ projectId: 'bundle-test' });
  });

  afterAll(() => cloud?.close());

  const start = (environment: Record<string, string>) =>
    startService(environment, path.join(sampleDirectory, BUNDLE_FILES.bundle));

  test.each<[string, Record<string, string>]>([
    ['by itself', {}],
    ["with Google's official clients", { GOOGLE_CLIENTS: 'official' }],
    ['with telemetry', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }],
    ['with a route that has a schema', { PUBSUB_ACCOUNT: 'push@example.com', TOKEN_AUDIENCE: 'https://svc' }],
  ])('shows the decrypted config and stops when it is asked to: %s', async (_how, settings) => {
    const environment = await serviceEnvironment(cloud, await createReadyScene(cloud));
    const service = start({ ...environment, ...settings });
    try {
      await service.logged(({ message }) => message.startsWith('config loaded'));
      expect(await (await fetch(service.url)).text()).toContain(sampleConfig.DB_HOST);
      service.signal('SIGTERM');
      expect(await service.ended).toBe(0);
    } finally {
      await service.kill();
    }
  });

  test('says who lacks which permission, as Cloud KMS answers it', async () => {
    const scene = await createScene(cloud);
    await scene.grantRead();
    await scene.put(await scene.encrypt(sampleConfig));
    const service = start(await serviceEnvironment(cloud, scene));
    try {
      const { error } = await service.logged((line) => line.error?.name === 'PermissionDeniedError');
      expect(error).toMatchObject({
        principal: scene.member,
        permission: 'cloudkms.cryptoKeyVersions.useToDecrypt',
        resource: scene.reference.key,
      });
    } finally {
      await service.kill();
    }
  });

  test.each(['direct', 'official'])('tells an unreachable API from a bug: %s', async (clients) => {
    const metadata = await startMetadataServer(`http://127.0.0.1:${await freePort()}`);
    const environment = await serviceEnvironment(cloud, await createReadyScene(cloud));
    const service = start({ ...environment, GCE_METADATA_HOST: metadata.host, GOOGLE_CLIENTS: clients });
    try {
      const { error } = await service.logged((line) => line.error !== undefined);
      expect(error).toMatchObject({ name: 'UnavailableError', retryable: true });
    } finally {
      await service.kill();
      metadata.close();
    }
  });
});

describe('google-gax without gRPC', () => {
  test('has all that the Cloud KMS client takes from google-gax', async () => {
    const client = path.join(
      projectDirectory,
      'node_modules/@google-cloud/kms/build/src/v1/key_management_service_client.js',
    );
    const source = await readFile(client, 'utf8');
    const taken = new Set(Array.from(source.matchAll(/\bgoogle_gax_1\.(\w+)/g), ([, name]) => name));
    expect(taken.size).toBeGreaterThan(0);
    for (const name of taken) expect(Object.keys(GAX_WITHOUT_GRPC)).toContain(name);
  });

  test('leaves gRPC out', async () => {
    const names = (await readBill()).components.map(({ name }) => name);
    expect(names).toContain('google-gax');
    expect(names).not.toContain('grpc-js');
    expect(names).not.toContain('proto-loader');
  });
});

describe('the bill of materials', () => {
  test('names the packages, with versions and allowed licences', async () => {
    const { components } = await readBill();
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['fastify', 'kms', 'storage']));
    for (const { name, version, licenses = [] } of components) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+/);
      expect(licenses.length, name).toBeGreaterThan(0);
      for (const { license } of licenses) expect(ALLOWED_LICENCES, name).toContain(license?.id);
    }
  });

  test('and the notices name the same packages, and no tool', async () => {
    const notices = await read(BUNDLE_FILES.notices);
    const { components } = await readBill();
    for (const { group, name, version } of components) {
      expect(notices).toContain(`${group ? `${group}/` : ''}${name}@${version}\nLicence: `);
    }
    expect(components.map(({ name }) => name)).not.toContain('esbuild');
    expect(notices).toContain('Copyright');
  });
});
