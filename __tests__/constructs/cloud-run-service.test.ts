import { expect, test } from 'vitest';
import { CloudRunService, type CloudRunServiceProps } from '../../constructs/cloud-run-service.ts';
import { ServiceIdentity } from '../../constructs/service-identity.ts';
import { only, reference, synthesize } from './support/synthesize.ts';

function service(
  props: Partial<CloudRunServiceProps> = {},
  then: (service: CloudRunService) => void = () => {},
) {
  return synthesize((stack) => {
    const identity = new ServiceIdentity(stack, 'identity', { accountId: 'orders', displayName: 'Orders' });
    then(
      new CloudRunService(stack, 'service', {
        name: 'orders',
        location: 'us-central1',
        image: 'example.com/orders:1',
        identity,
        environment: { GREETING: 'hello', AUDIENCE: 'world' },
        dependsOn: [],
        ...props,
      }),
    );
  }).json;
}

test('the service runs as its identity', () => {
  const { spec } = only(service(), 'google_cloud_run_service').template;
  expect(spec.service_account_name).toBe(reference('google_service_account.identity.email'));
});

test('everything that Cloud Run would otherwise fill in is written down', () => {
  const run = only(service(), 'google_cloud_run_service');
  expect(run).toMatchObject({
    name: 'orders',
    location: 'us-central1',
    autogenerate_revision_name: true,
    metadata: {
      labels: { app: 'cloud-run-identity' },
      annotations: { 'run.googleapis.com/ingress': 'all' },
    },
    traffic: [{ latest_revision: true, percent: 100 }],
  });
  expect(run.template.metadata.annotations).toEqual({
    'autoscaling.knative.dev/minScale': '0',
    'autoscaling.knative.dev/maxScale': '3',
    'run.googleapis.com/execution-environment': 'gen2',
    'run.googleapis.com/startup-cpu-boost': 'true',
  });
  expect(run.template.spec).toMatchObject({ container_concurrency: 80, timeout_seconds: 60 });
  expect(run.template.spec.containers).toEqual([
    {
      image: 'example.com/orders:1',
      env: [
        { name: 'GREETING', value: 'hello' },
        { name: 'AUDIENCE', value: 'world' },
      ],
      ports: [{ name: 'http1', container_port: 8080 }],
      resources: { limits: { cpu: '1', memory: '512Mi' } },
      startup_probe: expect.anything(),
      liveness_probe: expect.anything(),
    },
  ]);
});

test('props reach their argument or annotation', () => {
  const run = only(
    service({
      ingress: 'internal',
      cpu: '2',
      memory: '1Gi',
      minInstances: 1,
      maxInstances: 10,
      concurrency: 5,
      timeoutSeconds: 300,
    }),
    'google_cloud_run_service',
  );
  expect(run.metadata.annotations['run.googleapis.com/ingress']).toBe('internal');
  expect(run.template.metadata.annotations).toMatchObject({
    'autoscaling.knative.dev/minScale': '1',
    'autoscaling.knative.dev/maxScale': '10',
  });
  expect(run.template.spec).toMatchObject({ container_concurrency: 5, timeout_seconds: 300 });
  expect(run.template.spec.containers[0].resources.limits).toEqual({ cpu: '2', memory: '1Gi' });
});

test('the probes keep to the limits of Cloud Run, and the first one waits for a new grant to arrive', () => {
  const [container] = only(service(), 'google_cloud_run_service').template.spec.containers;
  const { startup_probe: startup, liveness_probe: liveness } = container;
  expect(startup.http_get).toEqual({ path: '/health/startup', port: 8080 });
  expect(liveness.http_get).toEqual({ path: '/health/live', port: 8080 });
  for (const probe of [startup, liveness]) {
    expect(probe.period_seconds).toBeGreaterThanOrEqual(probe.timeout_seconds);
    expect(probe.timeout_seconds).toBeGreaterThanOrEqual(1);
    // Cloud Run keeps some paths that end in z to itself.
    expect(probe.http_get.path).not.toMatch(/z$/);
  }
  const startupSeconds = startup.period_seconds * startup.failure_threshold;
  expect(startupSeconds).toBeGreaterThanOrEqual(120);
  expect(startupSeconds).toBeLessThanOrEqual(240);
});

test('nobody may invoke the service until everybody may', () => {
  expect(service().resource).not.toHaveProperty('google_cloud_run_service_iam_member');
  const json = service({}, (run) => run.allowUnauthenticated());
  expect(only(json, 'google_cloud_run_service_iam_member')).toEqual({
    service: reference('google_cloud_run_service.service.name'),
    location: reference('google_cloud_run_service.service.location'),
    role: 'roles/run.invoker',
    member: 'allUsers',
  });
});
