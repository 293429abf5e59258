import { type CryptoKey, type KeyVersion, versionName } from './keys.ts';

const TEMPLATE = { protectionLevel: 'SOFTWARE', algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION' };

/** google.cloud.kms.v1.CryptoKeyVersion in its JSON form. */
export function versionBody(key: CryptoKey, version: KeyVersion) {
  const { state, createTime, destroyTime } = version;
  return {
    name: versionName(key, version),
    state,
    ...TEMPLATE,
    createTime,
    generateTime: createTime,
    ...(destroyTime && { destroyTime }),
  };
}

/** google.cloud.kms.v1.CryptoKey in its JSON form. */
export function keyBody(key: CryptoKey) {
  const { name, primary, createTime, nextRotationTime, rotationPeriod, labels, destroyScheduledDuration } =
    key;
  return {
    name,
    ...(primary && { primary: versionBody(key, primary) }),
    purpose: 'ENCRYPT_DECRYPT',
    createTime,
    ...(nextRotationTime && { nextRotationTime }),
    ...(rotationPeriod && { rotationPeriod }),
    versionTemplate: TEMPLATE,
    destroyScheduledDuration,
    ...(labels && Object.keys(labels).length > 0 && { labels }),
  };
}
