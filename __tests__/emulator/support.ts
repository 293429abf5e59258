import { afterAll, beforeAll } from 'vitest';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../emulator/cloud.ts';

/** What a request to the local cloud is made of; without `as` it goes out as the project's owner. */
export interface CallOptions {
  readonly as?: string | null;
  readonly body?: unknown;
  readonly token?: string;
}

/** An answer of the local cloud. */
export interface Answer {
  readonly status: number;
  // Bodies of many APIs: the tests say what they expect.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

/** Sends a JSON request to a running local cloud. `as: null` sends no token. */
export async function call(
  cloud: LocalCloud,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { as = cloud.owner, body } = options;
  const token = options.token ?? (as === null ? undefined : cloud.tokenFor(as));
  const response = await fetch(cloud.url + path, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** A local cloud for the tests of one file, with a `call` bound to it. */
export function localCloud(options: Partial<LocalCloudOptions> = {}) {
  const context = {
    cloud: undefined as unknown as LocalCloud,
    call: (method: string, path: string, callOptions?: CallOptions) =>
      call(context.cloud, method, path, callOptions),
  };
  beforeAll(async () => {
    context.cloud = await startLocalCloud({ projectId: 'demo-project', ...options });
  });
  afterAll(() => context.cloud.close());
  return context;
}

/** Adds a member to the policy that a resource's getIamPolicy and setIamPolicy serve. */
export async function grant(
  cloud: LocalCloud,
  resourcePath: string,
  role: string,
  member: string,
  condition?: object,
) {
  const isReadByPost = /^\/(iam|crm)\//.test(resourcePath);
  const { body: policy } = await call(cloud, isReadByPost ? 'POST' : 'GET', `${resourcePath}:getIamPolicy`);
  const binding = { role, members: [member], ...(condition && { condition }) };
  const bindings = [...(policy.bindings ?? []), binding];
  return call(cloud, 'POST', `${resourcePath}:setIamPolicy`, {
    body: { policy: { ...policy, version: 3, bindings } },
  });
}
