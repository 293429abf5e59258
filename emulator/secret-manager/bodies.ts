import type { Secret, SecretVersion } from './secret-store.ts';

/** google.cloud.secretmanager.v1.Secret in its JSON form. */
export function secretBody({ name, createTime, labels }: Secret) {
  return {
    name,
    replication: { automatic: {} },
    createTime,
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}

/** google.cloud.secretmanager.v1.SecretVersion in its JSON form. */
export function versionBody({ name }: Secret, { number, createTime, state }: SecretVersion) {
  return {
    name: `${name}/versions/${number}`,
    createTime,
    state,
    replicationStatus: { automatic: {} },
    clientSpecifiedPayloadChecksum: true,
  };
}
