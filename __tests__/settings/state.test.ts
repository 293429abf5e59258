import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkState, readAllSettings, type Settings } from '../../settings/index.ts';
import * as state from '../../settings/state-problems.ts';

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'state-')));
});
afterEach(() => rmSync(directory, { recursive: true }));

function settings(context: Record<string, unknown> = {}): Settings {
  const [only] = readAllSettings({
    context: { projectId: 'my-project', ...context },
    environment: {},
    projectRoot: directory,
  });
  return only;
}

const stateProblems = (of: Settings) => state.stateProblems(of, {});

interface Deployed {
  readonly project?: string;
  readonly bucket?: string;
  readonly location?: string;
  /** The object's address and name. */
  readonly object?: readonly [address: string, name: string];
}

/** Writes a state as Terraform 1.11 with the Google provider 6.50 leaves it, in part. */
function deployed(file: string, what: Deployed): void {
  const { project = 'my-project', bucket = 'my-project-cloudrun-identity', location = 'US-CENTRAL1' } = what;
  const [address, name] = what.object ?? ['config', 'config.enc'];
  const resource = (type: string, id: string, attributes: object) => ({
    mode: 'managed',
    type,
    name: id,
    provider: 'provider["registry.terraform.io/hashicorp/google"]',
    instances: [{ schema_version: 0, attributes }],
  });
  const resources = [
    { ...resource('google_project', 'project', {}), mode: 'data' },
    resource('google_storage_bucket', 'bucket', { id: bucket, name: bucket, location, project }),
    resource('google_storage_bucket_object', address, { bucket, name, generation: '1' }),
    resource('google_service_account', 'identity', { account_id: 'cloud-run-identity', project }),
  ];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 4, terraform_version: '1.11.4', serial: 7, resources }));
}

const at = (...path: string[]) => join(directory, ...path);
const legacy = () => at('terraform.cloud-run-identity.tfstate');

test('each project has a state of its own, so a second one never touches what the first has made', () => {
  expect(settings().stateFiles).toEqual({
    foundation: at('state', 'my-project', 'terraform.cloud-run-identity-foundation.tfstate'),
    service: at('state', 'my-project', 'terraform.cloud-run-identity.tfstate'),
  });
  deployed(settings().stateFiles?.service ?? '', {});
  const second = settings({ projectId: 'other-project' });
  expect(second.stateFiles?.service).toBe(
    at('state', 'other-project', 'terraform.cloud-run-identity.tfstate'),
  );
  expect(stateProblems(second)).toEqual([]);
});

test('each environment has one, too', () => {
  const environments = { dev: {}, prod: {} };
  const all = readAllSettings({
    context: { projectId: 'my-project', environments },
    environment: {},
    projectRoot: directory,
  });
  expect(all.map(({ stateFiles }) => stateFiles?.service)).toEqual([
    at('state', 'my-project', 'terraform.cloud-run-identity-dev.tfstate'),
    at('state', 'my-project', 'terraform.cloud-run-identity-prod.tfstate'),
  ]);
});

test('a state of before is found where it is, by the project that it is of, and by no other', () => {
  deployed(legacy(), {});
  expect(settings().stateFiles?.service).toBe(legacy());
  expect(settings({ projectId: 'other-project' }).stateFiles?.service).toBe(
    at('state', 'other-project', 'terraform.cloud-run-identity.tfstate'),
  );
});

test('so is one in the folder that the settings name', () => {
  deployed(at('elsewhere', 'terraform.cloud-run-identity.tfstate'), {});
  expect(settings({ stateDirectory: 'elsewhere' }).stateFiles).toEqual({
    foundation: at('elsewhere', 'my-project', 'terraform.cloud-run-identity-foundation.tfstate'),
    service: at('elsewhere', 'terraform.cloud-run-identity.tfstate'),
  });
});

test('a state in a bucket is at a prefix of the project', () => {
  expect(settings({ stateBucket: 'my-state' })).toMatchObject({ statePrefix: 'my-project' });
  expect(settings({ stateBucket: 'my-state' }).stateFiles).toBeUndefined();
  expect(() => settings({ stateBucket: 'my-state', statePrefix: 'production' })).toThrow(
    /statePrefix: got "production".*gcloud storage mv "gs:\/\/my-state\/production\/\*" gs:\/\/my-state\/production\/my-project\//s,
  );
  expect(settings({ stateBucket: 'my-state', statePrefix: 'production/my-project' }).statePrefix).toBe(
    'production/my-project',
  );
});

test('a state with the resources of another project is refused, with the command that takes it away', () => {
  const file = settings().stateFiles?.service ?? '';
  deployed(file, { project: 'first-project' });
  const [problem, ...others] = stateProblems(settings());
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ setting: 'projectId', got: 'my-project', source: 'context of cdktf.json' });
  expect(problem?.allowed).toContain('first-project');
  expect(problem?.fix).toContain(`mv ${file} ${file}.first-project`);
  expect(() => checkState([settings()], {})).toThrow(/One setting is wrong/);
});

test('a renamed bucket is refused before anything is planned', () => {
  deployed(legacy(), {});
  expect(stateProblems(settings())).toEqual([]);
  expect(stateProblems(settings({ bucketName: 'new-bucket' }))).toEqual([
    expect.objectContaining({
      setting: 'bucketName',
      got: 'new-bucket',
      fix: expect.stringContaining('set "bucketName" to "my-project-cloudrun-identity"'),
    }),
  ]);
  expect(stateProblems(settings({ existingBucketName: 'new-bucket' }))).toEqual([]);
});

test('another region is no other bucket: it stays, and the synthesis says so', () => {
  deployed(legacy(), {});
  const moved = settings({ region: 'europe-west1' });
  expect(stateProblems(moved)).toEqual([]);
  expect(moved.warnings).toEqual([
    expect.stringMatching(/^The bucket my-project-cloudrun-identity stays in US-CENTRAL1, .*europe-west1/),
  ]);
  expect(settings().warnings).toEqual([]);
});

test('a single service that becomes one of a list does not upload its first file over the live object', () => {
  deployed(legacy(), {});
  const list = (objectName: string) => settings({ services: [{ name: 'orders', objectName }] });
  const [problem, ...others] = stateProblems(list('config.enc'));
  expect(others).toEqual([]);
  expect(problem?.fix).toContain(
    `terraform state mv -state=${legacy()} google_storage_bucket_object.config ` +
      'google_storage_bucket_object.services_orders_config_6BE04DAA',
  );
  expect(stateProblems(list('orders.enc'))).toEqual([]);
});

test.each([
  ['that of TERRAFORM_BINARY_NAME', { TERRAFORM_BINARY_NAME: 'tofu1.9' }, ['terraform', 'tofu'], 'tofu1.9'],
  ['Terraform where both are', {}, ['terraform', 'tofu'], 'terraform'],
  ['OpenTofu where it is alone', {}, ['tofu'], 'tofu'],
  ['Terraform where none is', {}, [], 'terraform'],
])('the command to paste names %s', (_, environment, installed, name) => {
  deployed(legacy(), {});
  for (const program of installed) writeFileSync(join(directory, program), '');
  const settingsOfList = settings({ services: [{ name: 'orders', objectName: 'config.enc' }] });
  const [problem] = state.stateProblems(settingsOfList, { PATH: directory, ...environment });
  expect(problem?.fix).toContain(`: ${name} state mv -state=`);
});

test('the address that it names is the one that is synthesized', () => {
  deployed(legacy(), { object: ['services_orders_config_6BE04DAA', 'orders.enc'] });
  expect(stateProblems(settings({ services: [{ name: 'orders' }] }))).toEqual([]);
  const [problem] = stateProblems(settings({ objectName: 'orders.enc' }));
  expect(problem?.fix).toMatch(/services_orders_config_6BE04DAA google_storage_bucket_object\.config;/);
});

test.each(['', '{', '[]', '{"resources": 7}', '{"resources": [{"mode": "managed"}]}'])(
  'what is no state (%s) says nothing',
  (text) => {
    writeFileSync(legacy(), text);
    expect(stateProblems(settings())).toEqual([]);
  },
);
