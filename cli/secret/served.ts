import { setTimeout as delay } from 'node:timers/promises';
import { callGoogle, SecretError, startStopwatch } from '@cloud-run-identity/secrets';
import { askService } from '../checks/ask-service.ts';
import { type CloudRunServiceV2, getService, onProject } from '../checks/cloud-apis.ts';
import type { Deployment } from '../checks/deployment.ts';
import { CommandError } from '../errors.ts';
import { endpointOf } from '../google/environment.ts';
import { NotServedError } from './not-served.ts';
import type { OpenSecret } from './open.ts';
import { declaredServices } from './services.ts';

/** How it is known that no instance serves the old secret any more. */
export type WaitFor =
  /** Every instance has looked for a new one by then. */
  | 'reload'
  /** A new revision, which has read it at its start, has taken all traffic. */
  | 'revision'
  /** So many seconds have passed: for programs that the settings do not know. */
  | number;

/** How to wait. */
export interface WaitOptions {
  readonly by: WaitFor;
  /** @default as long as it may take where all is well */
  readonly limitSeconds?: number | undefined;
  /** Where the service answers, when it is not to be asked at its own address. */
  readonly url?: string | undefined;
  /** Is told what is waited for. */
  readonly report?: ((text: string) => void) | undefined;
}

const POLL_MILLISECONDS = 2000;
const REVISION_LIMIT_SECONDS = 600;
/** Between the bound of a reload and the time limit: for an instance that has to start to be asked. */
const SLACK_SECONDS = 120;
/** Label of a revision's template. Terraform sees no difference in one that it did not set. */
const LABEL = 'secret-generation';

/**
 * Waits until no instance of the service serves another generation of the secret than this one.
 *
 * @throws NotServedError when it takes too long, or a new revision does not come up; CommandError, SecretError
 */
export async function waitUntilServed(
  secret: OpenSecret,
  generation: string,
  { by, limitSeconds, url, report = () => {} }: WaitOptions,
): Promise<void> {
  const watch = startStopwatch();
  if (typeof by === 'number') {
    report(`waiting ${by} s`);
    await delay(by * 1000);
    return;
  }
  const deployment = deploymentOf(secret, url);
  const service = await getService(deployment);
  const inFlightSeconds = Number.parseFloat(service.template.timeout ?? '300');
  const isLate = (limit: number) => watch.elapsedMilliseconds() > (limitSeconds ?? limit) * 1000;
  if (by === 'revision') {
    const name = await newRevision(deployment, service, generation);
    for (;;) {
      const now = await getService(deployment);
      const problem = servesOnly(now, name);
      if (problem === undefined) break;
      report(problem);
      if (isLate(REVISION_LIMIT_SECONDS)) throw late(secret, generation, problem);
      await delay(POLL_MILLISECONDS);
    }
  }
  const bound = by === 'reload' ? reloadBound(service) : 0;
  const from = by === 'reload' ? watch : startStopwatch();
  // What began with the old one may use it to its end.
  const seconds = bound + inFlightSeconds;
  for (;;) {
    const says = await said(deployment, service.uri ?? '', secret.name);
    const left = Math.ceil(seconds - from.elapsedMilliseconds() / 1000);
    const isNew = says !== undefined && BigInt(says) >= BigInt(generation);
    if (isNew && left <= 0) return;
    const what = isNew
      ? `generation ${generation} is there`
      : `an instance has ${says ?? 'none that it tells'}`;
    report(left > 0 ? `${what}; every instance has it in ${left} s` : what);
    if (isLate(seconds + (by === 'reload' ? SLACK_SECONDS : REVISION_LIMIT_SECONDS))) {
      throw late(secret, generation, what);
    }
    await delay(Math.min(POLL_MILLISECONDS, Math.max(left, 0.1) * 1000));
  }
}

/** By when every instance has a new secret, in seconds from its write, while Google answers. */
export function reloadSeconds(reload = 900, maxStale = Number.POSITIVE_INFINITY): number {
  // A request waits for a look that is due once none came for two intervals; nothing older than the staleness is used.
  return Math.min(2 * reload, maxStale);
}

function deploymentOf(secret: OpenSecret, url: string | undefined): Deployment {
  const { clients, io, reference, target } = secret;
  const declared =
    secret.declared ??
    declaredServices(io).find(
      ({ name, bucket, object }) =>
        (target.service ?? name) === name && bucket === reference.bucket && object === reference.object,
    );
  if (!declared) {
    throw new CommandError(
      `The settings have no service with the secret gs://${reference.bucket}/${reference.object}, whose instances could be asked: say for how many seconds to wait, such as --wait 1800.`,
    );
  }
  return { declared, clients, environment: io.environment, cwd: io.cwd, url };
}

function reloadBound(service: CloudRunServiceV2): number {
  const variables = service.template.containers?.[0]?.env ?? [];
  const number = (name: string) => {
    const value = variables.find((one) => one.name === name)?.value;
    return value === undefined ? undefined : Number(value);
  };
  return reloadSeconds(number('RELOAD_SECONDS'), number('MAX_STALE_SECONDS'));
}

/** @returns the revision that was the newest one before */
async function newRevision(
  { declared, clients, environment }: Deployment,
  service: CloudRunServiceV2,
  generation: string,
): Promise<string | undefined> {
  const { projectId, region, name } = declared;
  const resource = `projects/${projectId}/locations/${region}/services/${name}`;
  const call = onProject(projectId, resource, 'run.services.update', 'run.developer', 'run.googleapis.com');
  const { revision: _, ...template } = service.template;
  const body = {
    template: { ...template, labels: { ...template.labels, [LABEL]: generation } },
    etag: service.etag,
  };
  await callGoogle(call, clients.callerEmail, () =>
    clients.request({
      url: `${endpointOf(environment, 'run')}/v2/${resource}?updateMask=template`,
      method: 'PATCH',
      body,
    }),
  );
  return template.labels?.[LABEL] === generation ? undefined : service.latestCreatedRevision;
}

/** Why it is not yet so that nothing but a newer revision serves. @throws NotServedError when it will not be */
function servesOnly(service: CloudRunServiceV2, before: string | undefined): string | undefined {
  const {
    latestCreatedRevision = '',
    latestReadyRevision,
    terminalCondition,
    trafficStatuses = [],
  } = service;
  const created = latestCreatedRevision.split('/').at(-1) ?? '';
  if (terminalCondition?.state === 'CONDITION_FAILED') {
    throw new NotServedError(
      `The revision ${created} did not come up: ${terminalCondition.message ?? 'Cloud Run does not say why.'}`,
      true,
    );
  }
  if (
    latestCreatedRevision === before ||
    latestReadyRevision !== latestCreatedRevision ||
    service.reconciling
  ) {
    return `the revision ${created} is starting`;
  }
  const isLatest = ({ type, revision, percent = 0 }: (typeof trafficStatuses)[number]) =>
    percent === 0 ||
    type !== 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' ||
    revision?.split('/').at(-1) === created;
  if (trafficStatuses.every(isLatest)) return undefined;
  throw new NotServedError(
    `The revision ${created} is ready, but traffic is sent to others by name: send it to the latest, ` +
      'gcloud run services update-traffic SERVICE --to-latest',
    true,
  );
}

/** The generation that an instance says it has; undefined when it does not say. */
async function said(deployment: Deployment, uri: string, secret: string): Promise<string | undefined> {
  try {
    const { text } = await askService(deployment, uri, '/health/ready');
    const generation = JSON.parse(text)?.secrets?.[secret]?.generation;
    return typeof generation === 'string' && /^\d+$/.test(generation) ? generation : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof SecretError) return undefined;
    throw error;
  }
}

function late({ reference }: OpenSecret, generation: string, what: string): NotServedError {
  return new NotServedError(
    `Generation ${generation} of gs://${reference.bucket}/${reference.object} is written, but it is not known that every instance has it: ${what}.`,
    false,
  );
}
