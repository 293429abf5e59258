import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { livenessPath, startupPath } from '../secrets/fastify/health.ts';
import { secretVariables } from '../secrets/live/environment.ts';
import { ownVariables, readEnvironment } from '../service/environment.ts';
import { TOP_LEVEL } from '../settings/table.ts';
import { synthesizeProject, temporaryDirectory } from './cli/support/project.ts';

/** What Cloud Run, GKE or the local cloud sets by itself; the last one, whoever runs the service elsewhere. */
const SET_BY_THE_PLATFORM = [
  'PORT',
  'K_SERVICE',
  'K_REVISION',
  'K_CONFIGURATION',
  'KUBERNETES_SERVICE_HOST',
  'GCE_METADATA_HOST',
  'GOOGLE_APPLICATION_CREDENTIALS',
];

/** What the deployment sets only when it is asked to; without it the service takes its default. */
const SET_WHEN_ASKED = [
  'RELOAD_SECONDS',
  'MAX_STALE_SECONDS',
  'RELOAD_OPERATORS',
  'PUBSUB_ACCOUNT',
  'TOKEN_AUDIENCE',
  'INVOKER_REQUIRED',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'LOG_LEVEL',
  'GOOGLE_CLIENTS',
  'GOOGLE_CLOUD_QUOTA_PROJECT',
];

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly container_port: number }[];
  readonly startup_probe: { readonly http_get: { readonly path: string; readonly port: number } };
  readonly liveness_probe: { readonly http_get: { readonly path: string; readonly port: number } };
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => directory?.remove());

/** The container as the constructs write it, with every reference replaced by a value of the same kind. */
async function container(environment: Record<string, string> = {}): Promise<Container> {
  const { service } = await synthesizeProject(directory.path, { environment });
  const { resource } = service.json as { resource: { google_cloud_run_service: Record<string, unknown> } };
  const [written] = Object.values(resource.google_cloud_run_service) as {
    template: { spec: { containers: [Container] } };
  }[];
  const json = JSON.stringify(written?.template.spec.containers[0]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform evaluates this one.
  return JSON.parse(json.replaceAll('${google_storage_bucket.bucket.name}', 'a-bucket'));
}

function environmentOf({ env }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

test('the deployment sets exactly the environment variables that the service reads', async () => {
  const read = Object.keys({ ...secretVariables, ...ownVariables }).filter(
    (name) => ![...SET_BY_THE_PLATFORM, ...SET_WHEN_ASKED].includes(name),
  );
  expect(Object.keys(environmentOf(await container())).toSorted()).toEqual(read.toSorted());
});

test.each([
  [{}, 'masked'],
  [{ GCP_PUBLIC: 'true' }, 'hidden'],
  [{ GCP_REVEAL_VALUES: 'true' }, 'revealed'],
])('the service accepts what the deployment sets with %j', async (settings, pageValues) => {
  const config = readEnvironment(environmentOf(await container(settings)));
  expect(config.pageValues).toBe(pageValues);
});

test('what the deployment sets when it is asked to, the service reads', async () => {
  const { reloadSeconds, maxStaleSeconds, telemetryEndpoint, google } = readEnvironment(
    environmentOf(
      await container({
        GCP_RELOAD_SECONDS: '60',
        GCP_MAX_STALE_SECONDS: '86400',
        GCP_TELEMETRY_ENDPOINT: 'https://collector.example.com',
        GCP_GOOGLE_CLIENTS: 'official',
      }),
    ),
  );
  expect({ reloadSeconds, maxStaleSeconds, telemetryEndpoint, googleClients: google.clients }).toEqual({
    reloadSeconds: 60,
    maxStaleSeconds: 86_400,
    telemetryEndpoint: 'https://collector.example.com',
    googleClients: 'official',
  });
});

test('the probes ask the paths that the service answers, on the port that it listens on', async () => {
  const { startup_probe: startup, liveness_probe: liveness, ports, env } = await container();
  const port = readEnvironment(environmentOf({ env } as Container)).port;
  expect(startup.http_get).toEqual({ path: startupPath, port });
  expect(liveness.http_get).toEqual({ path: livenessPath, port });
  expect(ports).toMatchObject([{ container_port: port }]);
});

test('docs/settings.md names every setting, with its context key and its environment variable', () => {
  const file = path.resolve(import.meta.dirname, '..', 'docs', 'settings.md');
  const documented = readFileSync(file, 'utf8');
  const names = Object.entries(TOP_LEVEL).flatMap(([key, { variable = '' }]) => [key, variable]);
  expect(names.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
});
