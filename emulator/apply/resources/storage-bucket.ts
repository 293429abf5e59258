import Type, { type Static } from 'typebox';
import { createUnlessExists, includes } from '../api.ts';
import { addMember, IAM_MEMBER_ARGUMENTS, type Policy } from '../iam-policy.ts';
import { assertSame, resourceType, withAttribution } from '../resource-type.ts';

const STRICT = { additionalProperties: false };

const BucketArguments = Type.Object(
  {
    name: Type.String(),
    location: Type.String(),
    project: Type.Optional(Type.String()),
    storage_class: Type.Optional(Type.String()),
    force_destroy: Type.Optional(Type.Boolean()),
    uniform_bucket_level_access: Type.Optional(Type.Boolean()),
    public_access_prevention: Type.Optional(Type.String()),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    encryption: Type.Optional(Type.Object({ default_kms_key_name: Type.String() }, STRICT)),
    logging: Type.Optional(
      Type.Object({ log_bucket: Type.String(), log_object_prefix: Type.Optional(Type.String()) }, STRICT),
    ),
    versioning: Type.Optional(Type.Object({ enabled: Type.Boolean() }, STRICT)),
    soft_delete_policy: Type.Optional(Type.Object({ retention_duration_seconds: Type.Number() }, STRICT)),
    lifecycle_rule: Type.Optional(
      Type.Array(
        Type.Object(
          {
            action: Type.Object({ type: Type.String() }, STRICT),
            condition: Type.Object(
              {
                num_newer_versions: Type.Optional(Type.Number()),
                with_state: Type.Optional(
                  Type.Union([Type.Literal('LIVE'), Type.Literal('ARCHIVED'), Type.Literal('ANY')]),
                ),
              },
              STRICT,
            ),
          },
          STRICT,
        ),
      ),
    ),
  },
  STRICT,
);

interface Bucket {
  readonly location: string;
  readonly selfLink: string;
}

/** A bucket (https://cloud.google.com/storage/docs/json_api/v1/buckets). `force_destroy` only matters to a destroy. */
export const bucket = resourceType({
  arguments: BucketArguments,
  async apply(args, { api, project: defaultProject, ignoreChanges }) {
    const project = args.project ?? defaultProject;
    const { name, location, ...mutable } = bucketBody(args);
    await createUnlessExists(api, '/storage/v1/b', {
      query: { project },
      json: { name, location, ...mutable },
    });
    const path = `/storage/v1/b/${name}`;
    const existing = await api.request<Bucket>('GET', path);
    if (!ignoreChanges.includes('location')) assertSame('location', existing.location, location);
    if (!includes(existing, mutable)) await api.request('PATCH', path, { json: mutable });
    return { id: name, url: `gs://${name}`, self_link: existing.selfLink, project };
  },
});

/** A grant on one bucket, or with a condition on objects in it. */
export const bucketIamMember = resourceType({
  arguments: Type.Object({ bucket: Type.String(), ...IAM_MEMBER_ARGUMENTS }, STRICT),
  async apply({ bucket: name, ...grant }, { api }) {
    const path = `/storage/v1/b/${name}/iam`;
    return addMember(`b/${name}`, grant, {
      get: () => api.request<Policy>('GET', path, { query: { optionsRequestedPolicyVersion: '3' } }),
      set: (policy) => api.request('PUT', path, { json: policy }),
    });
  },
});

function bucketBody(args: Static<typeof BucketArguments>) {
  const { soft_delete_policy: softDelete, lifecycle_rule: rules, encryption, logging } = args;
  return {
    name: args.name,
    location: args.location.toUpperCase(),
    storageClass: args.storage_class ?? 'STANDARD',
    labels: withAttribution(args.labels),
    iamConfiguration: {
      ...(args.public_access_prevention && { publicAccessPrevention: args.public_access_prevention }),
      uniformBucketLevelAccess: { enabled: args.uniform_bucket_level_access ?? false },
    },
    ...(encryption && { encryption: { defaultKmsKeyName: encryption.default_kms_key_name } }),
    ...(logging && {
      logging: {
        logBucket: logging.log_bucket,
        ...(logging.log_object_prefix && { logObjectPrefix: logging.log_object_prefix }),
      },
    }),
    ...(args.versioning && { versioning: args.versioning }),
    ...(softDelete && {
      softDeletePolicy: { retentionDurationSeconds: `${softDelete.retention_duration_seconds}` },
    }),
    ...(rules && { lifecycle: { rule: rules.map(lifecycleRule) } }),
  };
}

function lifecycleRule({
  action,
  condition,
}: NonNullable<Static<typeof BucketArguments>['lifecycle_rule']>[number]) {
  const { num_newer_versions: numNewerVersions, with_state: state } = condition;
  return {
    action,
    condition: {
      ...(numNewerVersions === undefined ? {} : { numNewerVersions }),
      ...(state === undefined || state === 'ANY' ? {} : { isLive: state === 'LIVE' }),
    },
  };
}
