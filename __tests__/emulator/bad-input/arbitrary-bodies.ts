import fc from 'fast-check';
import { BUCKET } from './support.ts';

const PARAMETERS =
  'project name uploadType upload_id generation ifGenerationMatch ifMetagenerationMatch maxResults pageToken pageSize prefix delimiter projection fields alt $alt prettyPrint keyRingId cryptoKeyId updateMask filter repositoryId serviceId userProject permissions __proto__'.split(
    ' ',
  );
const VALUES = [
  '0',
  '-1',
  'true',
  'media',
  'resumable',
  'multipart',
  'a(b',
  '1e9',
  'demo-project',
  'config.enc',
  '%00',
  '',
];
const someQuery = fc
  .array(
    fc.tuple(
      fc.constantFrom(...PARAMETERS),
      fc.oneof(fc.constantFrom(...VALUES), fc.string().map(encodeSafely)),
    ),
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));
/** The query of a request, mostly of names that some method has. */
export const query = fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: someQuery });
function encodeSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const FIELDS =
  'policy bindings role members etag version name labels purpose plaintext ciphertext plaintextCrc32c metadata spec template containers env accountId serviceAccount displayName serviceIds iamConfiguration lifecycle rule versioning acl contentType crc32c accessTuple filter member __proto__ apiVersion kind'.split(
    ' ',
  );
const { value: json } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1e300,
      '',
      'x',
      'roles/owner',
      'ENCRYPT_DECRYPT',
      'user:mallory@example.com',
      [],
      {},
    ),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('value'), { maxKeys: 5 }),
  ),
}));

/** Bodies as they should be. */
const BODIES = [
  {
    purpose: 'ENCRYPT_DECRYPT',
    labels: { a: 'b' },
    rotationPeriod: '86400s',
    nextRotationTime: '2127-01-01T00:00:00Z',
  },
  {
    policy: {
      version: 3,
      etag: 'AAAA',
      bindings: [{ role: 'roles/viewer', members: ['user:mallory@example.com'] }],
    },
  },
  {
    version: 3,
    bindings: [{ role: 'roles/viewer', members: ['user:a@b.c'], condition: { expression: 'true' } }],
  },
  { plaintext: 'AAAA', plaintextCrc32c: '1', additionalAuthenticatedData: 'AAAA' },
  { ciphertext: 'CiQA', ciphertextCrc32c: '1' },
  { accountId: 'account-2', serviceAccount: { displayName: 'x' } },
  {
    name: 'bucket-2',
    labels: { a: 'b' },
    lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 1 } }] },
  },
  { name: 'o', bucket: BUCKET, metadata: { a: 'b' }, contentType: 'text/plain', crc32c: 'AAAAAA==' },
  {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'app' },
    spec: {
      template: {
        metadata: { labels: {} },
        spec: { containers: [{ image: 'none', env: [{ name: 'A', value: 'b' }] }] },
      },
    },
  },
  {
    template: {
      scaling: { minInstanceCount: 1 },
      containers: [{ image: 'none', resources: { limits: { cpu: '1' } } }],
    },
  },
  {
    accessTuple: { principal: 'user:a@b.c', permission: 'a.b.c', fullResourceName: '//iam.googleapis.com/x' },
  },
  { filter: 'severity=ERROR', orderBy: 'timestamp desc', pageSize: 1 },
  { serviceIds: ['run.googleapis.com'] },
];

/** The body with one value in it, however deep, replaced by another. */
const almostRight = fc.tuple(fc.constantFrom(...BODIES), fc.nat(), json).map(([right, at, value]) => {
  let count = 0;
  JSON.stringify(right, (_, item) => {
    count += 1;
    return item;
  });
  let index = -1;
  return JSON.stringify(right, (_, item) => {
    index += 1;
    return index === at % count ? value : item;
  });
});
/** The body of a request: none, right, almost right, or without sense. */
export const body = fc.oneof(
  fc.constant(''),
  fc.constantFrom(...BODIES.map((right) => JSON.stringify(right))),
  almostRight.map((text) => text ?? ''),
  json.map((value) => JSON.stringify(value)),
  fc.string(),
);
