import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { ACCOUNT, createResources, KEY, RING } from './support.ts';

const context = localCloud();
beforeAll(() => createResources(context.cloud));

const RUN_V2 = '/run/v2/projects/demo-project/locations/us-central1/services';
const SERVICES = '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services';
const knative = (container: object) => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'app' },
  spec: { template: { spec: { containers: [{ image: 'none', ...container }] } } },
});

describe('a field that the API does not have', () => {
  it.each<[api: string, method: string, path: string, body: object, name: string, at: string]>([
    [
      'KMS',
      'POST',
      `/kms/v1/${RING}/cryptoKeys?cryptoKeyId=a`,
      { purpos: 'ENCRYPT_DECRYPT' },
      'purpos',
      'crypto_key',
    ],
    ['KMS', 'POST', `/kms/v1/${KEY}:encrypt`, { text: 'AAAA' }, 'text', ''],
    [
      'KMS',
      'POST',
      `/kms/v1/${KEY}:setIamPolicy`,
      { policy: { bindings: [{ rol: 'x' }] } },
      'rol',
      'policy.bindings[0]',
    ],
    ['IAM', 'POST', '/iam/v1/projects/demo-project/serviceAccounts', { id: 'a' }, 'id', ''],
    [
      'IAM',
      'PATCH',
      `/iam/v1/projects/-/serviceAccounts/${ACCOUNT}`,
      { serviceAccount: { x: 1 } },
      'x',
      'service_account',
    ],
    [
      'Artifact Registry',
      'POST',
      '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories?repositoryId=b',
      { mod: 1 },
      'mod',
      'repository',
    ],
    [
      'Service Usage',
      'POST',
      '/serviceusage/v1/projects/demo-project/services:batchEnable',
      { services: [] },
      'services',
      '',
    ],
    [
      'Cloud Run v2',
      'POST',
      `${RUN_V2}?serviceId=app`,
      { template: { container: [] } },
      'container',
      'service.template',
    ],
    [
      'Cloud Run v1',
      'POST',
      SERVICES,
      knative({ img: 'x' }),
      'img',
      'service.spec.template.spec.containers[0]',
    ],
    ['Resource Manager', 'POST', '/crm/v1/projects/demo-project:setIamPolicy', { polcy: {} }, 'polcy', ''],
  ])('%s: %s %s', async (_api, method, path, body, name, at) => {
    const where = at === '' ? '' : ` at '${at}'`;
    const description = `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`;
    const fieldViolations = [{ ...(at !== '' && { field: at }), description }];
    expect(await context.call(method, path, { body })).toEqual({
      status: 400,
      body: {
        error: {
          code: 400,
          message: description,
          status: 'INVALID_ARGUMENT',
          details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }],
        },
      },
    });
  });

  it('is told of together with all the others', async () => {
    const { body } = await context.call('POST', `/kms/v1/${RING}/cryptoKeys?cryptoKeyId=a&keyId=b`, {
      body: { purpos: 1, labels: { team: 5 } },
    });
    expect(body.error.details[0].fieldViolations).toHaveLength(3);
    expect(body.error.message.split('\n')).toHaveLength(3);
    expect((await context.call('GET', `/kms/v1/${RING}/cryptoKeys/a`)).status).toBe(404);
  });

  it('is ignored by Cloud Storage, as by Google', async () => {
    const body = { name: 'demo-project-unknown', unknownField: { a: 1 } };
    const { status } = await context.call('POST', '/storage/v1/b?project=demo-project&unknown=1', { body });
    expect(status).toBe(200);
  });
});

describe('a query parameter that the method does not have', () => {
  it('is refused by name', async () => {
    const { status, body } = await context.call('GET', `/kms/v1/${KEY}?keyID=x`);
    expect(status).toBe(400);
    expect(body.error.message).toBe(
      `Invalid JSON payload received. Unknown name "keyID": Cannot bind query parameter. Field 'keyID' could not be found in request message.`,
    );
  });

  it('may be written as in the .proto file, and those of every method are known', async () => {
    const ring = '/kms/v1/projects/demo-project/locations/global/keyRings?key_ring_id=by-proto-name';
    expect((await context.call('POST', ring, { body: {} })).status).toBe(200);
    const system =
      'alt=json&prettyPrint=false&key=k&quotaUser=q&userProject=p&$.xgafv=2&$alt=json;enum-encoding=int';
    expect((await context.call('GET', `/kms/v1/${KEY}?${system}`)).status).toBe(200);
  });
});
