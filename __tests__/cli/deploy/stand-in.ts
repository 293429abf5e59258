/**
 * Stands in for Terraform with the Google provider, where that is not to be had: the same commands, arguments and plan
 * JSON, for the resources of our two stacks, and its applies change a local cloud. What replaces a resource is what was
 * seen of the real provider. It leaves alone what it is not told to change, as that does.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type Values = Record<string, unknown>;
interface Resource {
  readonly type: string;
  readonly values: Values;
}
type State = Record<string, Resource>;

/** Arguments that a resource cannot change and live. */
const FORCES_REPLACEMENT: Readonly<Record<string, readonly string[]>> = {
  google_storage_bucket: ['name', 'location', 'project'],
  google_storage_bucket_object: ['bucket', 'name'],
  google_cloud_run_service: ['name', 'location', 'project'],
  google_service_account: ['account_id', 'project'],
  google_artifact_registry_repository: ['repository_id', 'location', 'project'],
  google_kms_key_ring: ['name', 'location', 'project'],
  google_kms_crypto_key: ['name', 'key_ring'],
  google_project_service: ['service', 'project'],
  google_storage_bucket_iam_member: ['bucket', 'role', 'member', 'condition'],
  google_kms_crypto_key_iam_member: ['crypto_key_id', 'role', 'member'],
};

const stack = JSON.parse(readFileSync('cdk.tf.json', 'utf8'));
const project: string = stack.provider.google[0].project;
const stateFile: string = stack.terraform.backend.local.path;
const url = new URL(process.env.GOOGLE_STORAGE_CUSTOM_ENDPOINT ?? '').origin;
const accessToken = process.env.GOOGLE_OAUTH_ACCESS_TOKEN ?? '';

function readState(): State {
  return existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, 'utf8')) : {};
}

/** The resources of the stack, with what is known of their values before an apply. */
function declared(): Record<string, Resource & { ignores: 'all' | readonly string[]; isMadeFirst: boolean }> {
  const args = Object.entries(stack.resource).flatMap(([type, byName]) =>
    Object.entries(byName as Record<string, Values>).map(
      ([name, own]) => [`${type}.${name}`, type, own] as const,
    ),
  );
  const raw = new Map(args.map(([address, type, own]) => [address, { type, own }]));
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value === 'object' && value) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
    }
    if (typeof value !== 'string') return value;
    return value.replaceAll(/\$\{([a-z_]+\.[\w-]+)\.(\w+)[^}]*\}/g, (_, address, name) => {
      const found = raw.get(address);
      const own = found ? (resolve(found.own) as Values) : {};
      if (found?.type === 'google_service_account')
        return `${own.account_id}@${own.project ?? project}.iam.gserviceaccount.com`;
      if (name !== 'id') return String(own[name]);
      if (found?.type === 'google_kms_key_ring')
        return `projects/${own.project ?? project}/locations/${own.location}/keyRings/${own.name}`;
      return `${own.key_ring}/cryptoKeys/${own.name}`;
    });
  };
  return Object.fromEntries(
    args.map(([address, type, own]) => {
      const {
        lifecycle,
        depends_on: _,
        '//': __,
        ...rest
      } = resolve(own) as Values & {
        lifecycle?: { ignore_changes?: unknown; create_before_destroy?: boolean };
      };
      return [
        address,
        {
          type,
          values: asPlanned(rest),
          ignores: (lifecycle?.ignore_changes ?? []) as 'all' | readonly string[],
          isMadeFirst: lifecycle?.create_before_destroy === true,
        },
      ];
    }),
  );
}

/** Blocks are lists in a plan. */
function asPlanned(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const isBlock = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [name, isBlock && !['labels', 'metadata'].includes(name) ? [value] : value];
    }),
  );
}

async function call(method: string, path: string, body?: object): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
}

/** The state without what is no longer there. */
async function refreshed(): Promise<{ state: State; gone: State }> {
  const entries = await Promise.all(
    Object.entries(readState()).map(async ([address, resource]) => {
      const { type, values } = resource;
      const path =
        type === 'google_storage_bucket'
          ? `/storage/v1/b/${values.name}`
          : type === 'google_storage_bucket_object'
            ? `/storage/v1/b/${values.bucket}/o/${encodeURIComponent(String(values.name))}`
            : undefined;
      return { address, resource, isGone: path !== undefined && (await call('GET', path)).status === 404 };
    }),
  );
  const pick = (isGone: boolean) =>
    Object.fromEntries(
      entries.filter((one) => one.isGone === isGone).map((one) => [one.address, one.resource]),
    );
  return { state: pick(false), gone: pick(true) };
}

async function plan(args: readonly string[]): Promise<object> {
  const { state, gone } = await refreshed();
  const wanted = args.includes('-destroy') ? {} : declared();
  const replace = args
    .filter((arg) => arg.startsWith('-replace='))
    .map((arg) => arg.slice('-replace='.length));
  const addresses = [...new Set([...Object.keys(state), ...Object.keys(wanted)])];
  const change = (address: string) => {
    const [before, after] = [state[address], wanted[address]];
    const type = (after ?? before)?.type ?? '';
    const common = { address, mode: 'managed', type, name: address.slice(type.length + 1) };
    if (!before || !after) {
      const actions = before ? ['delete'] : ['create'];
      return { ...common, change: { actions, before: before?.values ?? null, after: after?.values ?? null } };
    }
    const isForced = replace.includes(address);
    const differing = Object.keys({ ...before.values, ...after.values }).filter(
      (name) =>
        after.ignores !== 'all' &&
        !after.ignores.includes(name) &&
        JSON.stringify(before.values[name]) !== JSON.stringify(after.values[name]),
    );
    const forcing = differing.filter((name) => FORCES_REPLACEMENT[type]?.includes(name));
    const stays = !isForced && differing.length === 0;
    const actions = stays
      ? ['no-op']
      : isForced || forcing.length > 0
        ? after.isMadeFirst
          ? ['create', 'delete']
          : ['delete', 'create']
        : ['update'];
    return {
      ...common,
      change: {
        actions,
        before: before.values,
        after: stays ? before.values : after.values,
        ...(actions.length === 2 && { replace_paths: forcing.map((name) => [name]) }),
      },
    };
  };
  return {
    format_version: '1.2',
    planned_values: {},
    configuration: {
      provider_config: { google: { name: 'google', expressions: { project: { constant_value: project } } } },
    },
    resource_changes: addresses.map(change),
    resource_drift: Object.entries(gone).map(([address, { type, values }]) => ({
      ...{ address, mode: 'managed', type },
      change: { actions: ['delete'], before: values, after: null },
    })),
    complete: true,
    errored: false,
  };
}

async function destroy({ type, values }: Resource): Promise<void> {
  if (type === 'google_storage_bucket') {
    const listed = await call('GET', `/storage/v1/b/${values.name}/o?versions=true`);
    const { items = [] } = (await listed.json()) as { items?: { name: string; generation: string }[] };
    for (const { name, generation } of items) {
      await call(
        'DELETE',
        `/storage/v1/b/${values.name}/o/${encodeURIComponent(name)}?generation=${generation}`,
      );
    }
    await call('DELETE', `/storage/v1/b/${values.name}`);
  } else if (type === 'google_storage_bucket_object' && values.deletion_policy !== 'ABANDON') {
    await call('DELETE', `/storage/v1/b/${values.bucket}/o/${encodeURIComponent(String(values.name))}`);
  } else if (type === 'google_cloud_run_service') {
    await call('DELETE', `/run/apis/serving.knative.dev/v1/namespaces/${project}/services/${values.name}`);
  }
}

async function apply(file: string): Promise<void> {
  const { resource_changes: changes } = JSON.parse(readFileSync(file, 'utf8'));
  const taken = changes.filter((one: { change: { actions: string[] } }) =>
    one.change.actions.includes('delete'),
  );
  const order = ['google_cloud_run_service', 'google_storage_bucket_object', 'google_storage_bucket'];
  for (const type of order) {
    for (const one of taken) if (one.type === type) await destroy({ type, values: one.change.before });
  }
  const state = readState();
  mkdirSync(path.dirname(stateFile), { recursive: true });
  for (const { address, change } of changes) {
    if (change.actions.includes('delete')) delete state[address];
  }
  writeFileSync(stateFile, JSON.stringify(state));
  if (process.env.STAND_IN_FAILS_IN_THE_MIDDLE) throw new Error('Error: the connection was lost');
  const isDestroy = changes.every((one: { change: { after: unknown } }) => !one.change.after);
  if (isDestroy) return;
  // The local cloud's Cloud Run has one region, which its applier insists on.
  for (const service of Object.values(stack.resource.google_cloud_run_service ?? {})) {
    (service as Values).location = process.env.GOOGLE_REGION;
  }
  // A plan needs nothing of it.
  const { applyStack } = await import('@cloud-run-identity/local-cloud');
  await applyStack({ stack, stackDirectory: process.cwd(), target: { url, accessToken } });
  for (const { address, type, change } of changes) {
    if (change.after) state[address] = { type, values: change.after };
  }
  writeFileSync(stateFile, JSON.stringify(state));
}

const [command = '', ...args] = process.argv.slice(2);
try {
  if (command === 'plan') {
    const out = args.find((arg) => arg.startsWith('-out='))?.slice('-out='.length) ?? '';
    writeFileSync(out, JSON.stringify(await plan(args)));
  }
  if (command === 'apply') await apply(args.at(-1) ?? '');
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
