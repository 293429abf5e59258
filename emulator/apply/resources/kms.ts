import Type from 'typebox';
import { createUnlessExists, type GoogleApi, includes } from '../api.ts';
import { addMember, IAM_MEMBER_ARGUMENTS, type Policy } from '../iam-policy.ts';
import { assertSame, resourceType, withAttribution } from '../resource-type.ts';

interface CryptoKey {
  readonly purpose: string;
  readonly rotationPeriod?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Cloud KMS key ring (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings). */
export const keyRing = resourceType({
  arguments: Type.Object(
    { name: Type.String(), location: Type.String(), project: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
  async apply({ name, location, project: ownProject }, { api, project: defaultProject }) {
    const project = ownProject ?? defaultProject;
    const parent = `projects/${project}/locations/${location}`;
    await createUnlessExists(api, `/kms/v1/${parent}/keyRings`, { query: { keyRingId: name } });
    const id = `${parent}/keyRings/${name}`;
    await api.request('GET', `/kms/v1/${id}`);
    return { id, project };
  },
});

/**
 * A Cloud KMS key. One that exists keeps its purpose; rotation and labels follow the configuration. The first
 * rotation is one period from now, as the provider asks for it.
 */
export const cryptoKey = resourceType({
  arguments: Type.Object(
    {
      name: Type.String(),
      key_ring: Type.String(),
      purpose: Type.Optional(Type.String()),
      rotation_period: Type.Optional(Type.String({ pattern: '^[0-9.]+s$' })),
      labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    },
    { additionalProperties: false },
  ),
  async apply({ name, key_ring, purpose = 'ENCRYPT_DECRYPT', rotation_period, labels }, { api }) {
    const desired = {
      labels: withAttribution(labels),
      purpose,
      ...(rotation_period === undefined
        ? {}
        : { rotationPeriod: rotation_period, nextRotationTime: periodFromNow(rotation_period) }),
    };
    await createUnlessExists(api, `/kms/v1/${key_ring}/cryptoKeys`, {
      query: { cryptoKeyId: name, skipInitialVersionCreation: 'false' },
      json: desired,
    });
    const id = `${key_ring}/cryptoKeys/${name}`;
    await updateKey(api, `/kms/v1/${id}`, desired);
    return { id };
  },
});

/** A grant on one key. */
export const cryptoKeyIamMember = resourceType({
  arguments: Type.Object(
    { crypto_key_id: Type.String(), ...IAM_MEMBER_ARGUMENTS },
    { additionalProperties: false },
  ),
  async apply({ crypto_key_id, ...grant }, { api }) {
    const path = `/kms/v1/v1/${crypto_key_id}`;
    return addMember(crypto_key_id, grant, {
      get: () =>
        api.request<Policy>('GET', `${path}:getIamPolicy`, {
          query: { 'options.requestedPolicyVersion': '3' },
        }),
      set: (policy) => api.request('POST', `${path}:setIamPolicy`, { json: { policy } }),
    });
  },
});

async function updateKey(
  api: GoogleApi,
  path: string,
  desired: CryptoKey & { nextRotationTime?: string },
): Promise<void> {
  const key = await api.request<CryptoKey>('GET', path);
  assertSame('purpose', key.purpose, desired.purpose);
  const { labels, rotationPeriod, nextRotationTime } = desired;
  const mask = [
    ...(includes(key.labels, labels) ? [] : ['labels']),
    ...(key.rotationPeriod === rotationPeriod ? [] : ['rotationPeriod', 'nextRotationTime']),
  ];
  if (mask.length === 0) return;
  await api.request('PATCH', path, {
    query: { updateMask: mask.join(',') },
    json: { labels, rotationPeriod, nextRotationTime },
  });
}

function periodFromNow(period: string): string {
  return new Date(Date.now() + Number.parseFloat(period) * 1000).toISOString();
}
