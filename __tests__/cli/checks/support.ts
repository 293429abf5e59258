import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { untilBroken } from '../../../cli/checks/check.ts';
import type { Deployment } from '../../../cli/checks/deployment.ts';
import { CHAIN } from '../../../cli/checks/doctor.ts';
import type { LocalCloud, LocalImage } from '../../../emulator/cloud.ts';
import { googleClients } from '../../../secrets/clients.ts';
import type { Scene } from '../../support/scene.ts';
import { sampleSchemaFile } from '../support/project.ts';

/** The service's program, for the local cloud to run as its image. */
export const serviceImage: LocalImage = {
  command: [
    process.execPath,
    path.resolve(import.meta.dirname, '..', '..', 'support', 'service', 'server.ts'),
  ],
};

/** A container that answers 200 to everything. */
export const servingImage: LocalImage = {
  command: [
    process.execPath,
    '-e',
    "require('node:http').createServer((_, answer) => answer.end('served')).listen(process.env.PORT)",
  ],
};

/** The variables that lead the checks' own calls to the local cloud. */
export function endpointVariables({ url }: LocalCloud): Record<string, string> {
  const apis = ['CLOUDKMS', 'IAM', 'LOGGING', 'POLICYTROUBLESHOOTER', 'RUN', 'SERVICEUSAGE', 'STORAGE'];
  return Object.fromEntries(apis.map((api) => [`CLOUDSDK_API_ENDPOINT_OVERRIDES_${api}`, `${url}/`]));
}

/** What would be declared of a scene: a service named after its bucket. */
export function deploymentOf(
  cloud: LocalCloud,
  scene: Scene,
  declared: Partial<Deployment['declared']> = {},
): Deployment {
  return {
    clients: scene.owner,
    environment: { ...endpointVariables(cloud), SECRET_SCHEMA: sampleSchemaFile },
    cwd: tmpdir(),
    declared: {
      ...scene.reference,
      name: scene.reference.bucket.replace('bucket', 'service'),
      projectId: cloud.projectId,
      region: 'us-central1',
      identity: scene.email,
      isPublic: false,
      secret: 'config',
      format: 'json',
      encryptedFile: 'config.enc',
      ...declared,
    },
  };
}

/** The same deployment, looked at by somebody else. */
export async function lookedAtBy(
  cloud: LocalCloud,
  deployment: Deployment,
  accessToken: string,
): Promise<Deployment> {
  return { ...deployment, clients: await googleClients({ endpoint: cloud.url, accessToken }) };
}

/** Deploys the Cloud Run service as declared, or with other values, and waits until it is ready or has failed. */
export async function runService(
  cloud: LocalCloud,
  { declared }: Deployment,
  {
    identity = declared.identity,
    variables = {} as Record<string, string>,
    image = 'service',
    timeout = '60s',
  } = {},
): Promise<void> {
  const { projectId, region, name, bucket, object, key } = declared;
  const environment = { BUCKET_NAME: bucket, OBJECT_NAME: object, KMS_KEY_ID: key, ...variables };
  const services = `/run/v2/projects/${projectId}/locations/${region}/services`;
  const probe = { httpGet: { path: '/health/startup' }, periodSeconds: 1, failureThreshold: 20 };
  const body = {
    template: {
      serviceAccount: identity,
      timeout,
      containers: [
        {
          image,
          env: Object.entries(environment).map(([key_, value]) => ({ name: key_, value })),
          ports: [{ containerPort: 8080 }],
          startupProbe: probe,
        },
      ],
    },
  };
  const isThere = (await ask(cloud, 'GET', `${services}/${name}`)).status === 200;
  const made = isThere
    ? await ask(cloud, 'PATCH', `${services}/${name}`, body)
    : await ask(cloud, 'POST', `${services}?serviceId=${name}`, body);
  expect(made.status, await made.clone().text()).toBe(200);
}

/** A call to the local cloud as the project's owner. */
export function ask(cloud: LocalCloud, method: string, url: string, body?: object): Promise<Response> {
  return fetch(cloud.url + url, {
    method,
    headers: { authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
}

/** Sets the bindings of a resource's policy, as its owner. @param resource such as `/kms/v1/projects/…` */
export async function setBindings(cloud: LocalCloud, resource: string, bindings: readonly object[]) {
  const answer = await ask(cloud, 'POST', `${resource}:setIamPolicy`, { policy: { version: 3, bindings } });
  expect(answer.status, await answer.clone().text()).toBe(200);
}

/** The broken link that the doctor stops at; fails when there is none, or what precedes it is not in order. */
export async function brokenLink(deployment: Deployment) {
  const findings = await untilBroken(CHAIN, deployment);
  const last = findings.at(-1);
  expect(findings.slice(0, -1).filter(({ state }) => state === 'broken')).toEqual([]);
  expect(last, JSON.stringify(findings)).toMatchObject({ state: 'broken' });
  return { check: last?.check, text: last?.text ?? '', fix: last?.fix ?? '' };
}
