import { beforeAll, describe, expect, it } from 'vitest';
import { localCloud } from '../support.ts';
import { type GcloudCall, gcloud, urlSafe } from './support.ts';

const context = localCloud({
  images: {
    'us-central1-docker.pkg.dev/demo-project/app/app': {
      command: [
        process.execPath,
        '-e',
        "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT)",
      ],
    },
  },
});
const REGION = 'us-central1';
const SERVICES = '/apis/serving.knative.dev/v1/namespaces/demo-project/services';
const LOCATION = `/v1/projects/demo-project/locations/${REGION}`;

/** Cloud Run's calls go to the host of the region; `gcloud run services list` alone, of all regions, does not. */
const send = (method: string, path: string, call?: GcloudCall) =>
  gcloud(context.cloud, method, path, { region: REGION, ...call });

function service(name: string, image = 'us-central1-docker.pkg.dev/demo-project/app/app') {
  const client = {
    'run.googleapis.com/client-name': 'gcloud',
    'run.googleapis.com/client-version': '528.0.0',
  };
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { annotations: client, labels: {}, name, namespace: 'demo-project' },
    spec: { template: { metadata: { annotations: client, labels: {} }, spec: { containers: [{ image }] } } },
  };
}

/** `gcloud run services replace` and `gcloud run deploy` wait for the operation that the service's annotation names. */
async function deploy(name: string, image?: string) {
  expect((await send('GET', `${SERVICES}/${name}?alt=json`)).status).toBe(404);
  const { body } = await send('POST', `${SERVICES}?alt=json`, { body: service(name, image) });
  const operation = `${LOCATION}/operations/${body.metadata.annotations['run.googleapis.com/operation-id']}`;
  return send('POST', `${operation}:wait?alt=json`, { body: { timeout: '30s' } });
}

beforeAll(async () => {
  await deploy('ready');
});

describe('gcloud run services', () => {
  it('replace: the operation ends with the service that serves', async () => {
    const { status, body } = await deploy('replaced');
    expect(status).toBe(200);
    expect(body).toMatchObject({ done: true, response: { metadata: { name: 'replaced' } } });
    const [ready] = body.response.status.conditions;
    expect(ready).toMatchObject({ type: 'Ready', status: 'True' });
  });

  it('replace: the operation of a revision that does not start ends with its failure', async () => {
    const { body } = await deploy('failing', 'us-central1-docker.pkg.dev/demo-project/app/none');
    expect(body).toMatchObject({ done: true, error: { code: 9 } });
    expect(body.error.message).toMatch(
      /^Revision 'failing-00001-\w+' is not ready and cannot serve traffic\./,
    );
  });

  it('replace: an operation that is not, or not any more, the last is not found', async () => {
    const { status } = await send('POST', `${LOCATION}/operations/none:wait?alt=json`, {
      body: { timeout: '30s' },
    });
    expect(status).toBe(404);
  });

  it('describe, list --region, list', async () => {
    const described = await send('GET', `${SERVICES}/ready?alt=json`);
    expect(described.body.status.url).toMatch(/^http:/);
    const names = (list: { items: { metadata: { name: string } }[] }) =>
      list.items.map(({ metadata }) => metadata.name);
    expect(names((await send('GET', `${SERVICES}?alt=json`)).body)).toContain('ready');
    const everywhere = '/v1/projects/demo-project/locations/-/services?alt=json';
    const { body } = await gcloud(context.cloud, 'GET', everywhere);
    expect(names(body)).toContain('ready');
  });

  it('add-iam-policy-binding', async () => {
    const resource = `${LOCATION}/services/ready`;
    const read = `${resource}:getIamPolicy?alt=json&options.requestedPolicyVersion=3`;
    const { etag } = (await gcloud(context.cloud, 'GET', read)).body;
    const bindings = [{ members: ['allUsers'], role: 'roles/run.invoker' }];
    const body = { policy: { bindings, etag: urlSafe(etag), version: 1 } };
    const set = await gcloud(context.cloud, 'POST', `${resource}:setIamPolicy?alt=json`, { body });
    expect(set.body.bindings).toEqual(bindings);
  });
});

describe('gcloud builds submit', () => {
  const builds = '/v1/projects/demo-project/locations/global/builds';

  it('builds nothing and says so; the image can be deployed', async () => {
    const image = 'gcr.io/demo-project/built';
    const steps = [{ name: 'gcr.io/cloud-builders/docker', args: ['build', '-t', image, '.'] }];
    const images = ['gcr.io/$PROJECT_ID/$_NAME:$BUILD_ID'];
    const body = { steps, images, substitutions: { _NAME: 'built' } };
    const { body: operation } = await gcloud(context.cloud, 'POST', `${builds}?alt=json`, { body });
    const { build } = operation.metadata;
    expect(operation).toMatchObject({ done: true, response: { id: build.id, status: 'SUCCESS' } });
    expect(build).toMatchObject({ steps, images, results: { images: [] }, options: { logging: 'NONE' } });
    expect(build.warnings[0].text).toBe(
      `The local cloud builds nothing: no source was read, no step was run and there is no log. ${image}:${build.id} is a stand-in that answers 200 to everything.`,
    );
    expect((await gcloud(context.cloud, 'GET', `${builds}/${build.id}?alt=json`)).body).toEqual(build);
    const listed = await gcloud(context.cloud, 'GET', '/v1/projects/demo-project/builds?alt=json');
    expect(listed.body).toEqual({ builds: [build] });
    const deployed = await deploy('built', `${image}:${build.id}`);
    expect(deployed.body).toMatchObject({ done: true, response: { metadata: { name: 'built' } } });
  });

  it('leaves an image that the local cloud knows as it is', async () => {
    const image = 'us-central1-docker.pkg.dev/demo-project/app/app';
    const known = context.cloud.images.get(image);
    const { body } = await gcloud(context.cloud, 'POST', builds, { body: { images: [image] } });
    expect(body.response.warnings[0].text).toContain('is what the local cloud was started with for it');
    expect(context.cloud.images.get(image)).toBe(known);
    expect((await gcloud(context.cloud, 'GET', `${builds}/none`)).status).toBe(404);
  });
});
