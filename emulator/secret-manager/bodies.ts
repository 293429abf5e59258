import type { Secret, SecretVersion } from './secret-store.ts';

/** Of a secret that an earlier release saved. */
const AUTOMATIC = { automatic: {} };

/** google.cloud.secretmanager.v1.Secret in its JSON form. */
export function secretBody({ name, createTime, labels, replication = AUTOMATIC }: Secret) {
  return {
    name,
    replication,
    createTime,
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}

/** google.cloud.secretmanager.v1.SecretVersion in its JSON form. */
export function versionBody(
  { name, replication = AUTOMATIC }: Secret,
  { number, createTime, state }: SecretVersion,
) {
  return {
    name: `${name}/versions/${number}`,
    createTime,
    state,
    replicationStatus: replication,
    clientSpecifiedPayloadChecksum: true,
  };
}
