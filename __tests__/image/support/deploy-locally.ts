import { setTimeout as delay } from 'node:timers/promises';
import { startLocalCloud } from '../../../emulator/cloud.ts';
import { call } from '../../emulator/support.ts';
import { createReadyScene } from '../../support/scene.ts';

/** A service that runs from an image in a local Cloud Run of its own. */
export interface LocalDeployment {
  readonly url: string;
  /** Identity token of somebody who may invoke it. */
  readonly token: string;
  /** Stops the service and its cloud. */
  close(): Promise<void>;
}

/** Deploys the service from an image of the Docker engine, with 600 MiB and everything that it needs. */
export async function deployLocally(container: string): Promise<LocalDeployment> {
  const lines: string[] = [];
  const cloud = await startLocalCloud({ projectId: 'image-test', onLog: ({ line }) => lines.push(line) });
  const { reference, email } = await createReadyScene(cloud);
  const image = 'us-central1-docker.pkg.dev/image-test/repository/service';
  cloud.images.set(image, { container });
  const env = Object.entries({
    BUCKET_NAME: reference.bucket,
    OBJECT_NAME: reference.object,
    KMS_KEY_ID: reference.key,
  }).map(([name, value]) => ({ name, value }));
  const startupProbe = { httpGet: { path: '/health/startup' }, periodSeconds: 1, failureThreshold: 60 };
  const resources = { limits: { cpu: '1', memory: '600Mi' } };
  const services = '/run/apis/serving.knative.dev/v1/namespaces/image-test/services';
  await call(cloud, 'POST', services, {
    body: {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'service' },
      spec: {
        template: {
          spec: { serviceAccountName: email, containers: [{ image, env, startupProbe, resources }] },
        },
      },
    },
  });
  for (;;) {
    const { body } = await call(cloud, 'GET', `${services}/service`);
    const [ready] = body.status.conditions;
    if (ready.status === 'True') {
      const { url } = body.status;
      return { url, token: await cloud.identityTokenFor(cloud.owner, url), close: () => cloud.close() };
    }
    if (ready.status === 'False') {
      await cloud.close();
      throw new Error(`${ready.message}\n${lines.join('\n')}`);
    }
    await delay(20);
  }
}
