import fc from 'fast-check';
import { ACCOUNT, BUCKET, KEY, RING } from './support.ts';

/** Paths that there are, to be sent with the wrong method, query and body, and to be broken. */
const PATHS = [
  '/storage/v1/b',
  `/storage/v1/b/${BUCKET}`,
  `/storage/v1/b/${BUCKET}/iam`,
  `/storage/v1/b/${BUCKET}/iam/testPermissions`,
  `/storage/v1/b/${BUCKET}/o`,
  `/storage/v1/b/${BUCKET}/o/config.enc`,
  `/storage/v1/b/${BUCKET}/o/config.enc/rewriteTo/b/${BUCKET}/o/copy`,
  `/storage/v1/b/${BUCKET}/acl`,
  `/upload/storage/v1/b/${BUCKET}/o`,
  `/download/storage/v1/b/${BUCKET}/o/config.enc`,
  `/${BUCKET}/config.enc`,
  `/kms/v1/${RING}`,
  '/v1/projects/demo-project/locations/global/keyRings',
  `/kms/v1/v1/${RING}/cryptoKeys`,
  `/kms/v1/${KEY}`,
  ...['encrypt', 'decrypt', 'setIamPolicy', 'getIamPolicy', 'updatePrimaryVersion', 'testIamPermissions'].map(
    (method) => `/kms/v1/${KEY}:${method}`,
  ),
  `/kms/v1/${KEY}/cryptoKeyVersions`,
  `/kms/v1/${KEY}/cryptoKeyVersions/1`,
  `/kms/v1/${KEY}/cryptoKeyVersions/1:destroy`,
  '/iam/v1/projects/demo-project/serviceAccounts',
  `/iam/v1/projects/-/serviceAccounts/${ACCOUNT}`,
  `/iam/v1/projects/demo-project/serviceAccounts/${ACCOUNT}:setIamPolicy`,
  '/crm/v1/projects/demo-project:setIamPolicy',
  '/crm/v3/projects/123456789012',
  '/serviceusage/v1/projects/demo-project/services:batchEnable',
  '/serviceusage/v1/projects/demo-project/services/run.googleapis.com:disable',
  '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories',
  '/artifactregistry/v1/projects/demo-project/locations/us-central1/repositories/r',
  '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services',
  '/run/apis/serving.knative.dev/v1/namespaces/demo-project/services/app',
  '/run/v1/projects/demo-project/locations/us-central1/services/app:setIamPolicy',
  '/run/v2/projects/demo-project/locations/us-central1/services',
  '/logging/v2/entries:list',
  '/policytroubleshooter/v1/iam:troubleshoot',
  '/local/v1/principals',
  '/oauth2/v3/certs',
  '/oauth2/v3/userinfo',
];

const ODD_SEGMENTS = [
  '..',
  '.',
  '%2e%2e',
  '..%2f..',
  '%2F',
  '%5c',
  '%00',
  '%',
  '%zz',
  '%ff',
  '',
  '*',
  ':',
  '::',
  '__proto__',
];

/** Characters that a request line cannot have are percent-encoded, the others stay as they are. */
const sendable = (text: string) =>
  text.replace(/[^!-~]/gu, (character) =>
    character.isWellFormed() ? encodeURIComponent(character) : '%ED%A0%80',
  );

const odd = fc.oneof(
  fc.constantFrom(...ODD_SEGMENTS),
  fc.string().map(sendable),
  fc.string({ unit: 'binary' }).map(sendable),
  fc.integer({ min: 60, max: 3000 }).map((length) => 'a'.repeat(length)),
);
const brokenPath = fc
  .tuple(fc.constantFrom(...PATHS), odd, fc.nat(), fc.boolean())
  .map(([path, segment, at, replaces]) => {
    const segments = path.split('/');
    segments.splice(1 + (at % segments.length), replaces ? 1 : 0, segment);
    return segments.join('/');
  });
/** The path of a request: right, broken or without sense. */
export const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PATHS) },
  { weight: 2, arbitrary: brokenPath },
  { weight: 1, arbitrary: fc.array(odd).map((segments) => `/${segments.join('/')}`) },
);
