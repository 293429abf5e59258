import { gzipSync } from 'node:zlib';
import { type Answer, type Cloud, call, must, type Names, waitForGrant } from './place.ts';

/** What the product takes for true of Google, and what happens when it is not. */
export interface Assumption {
  readonly id: string;
  readonly says: string;
  readonly source: string;
  readonly whenWrong: string;
  /** Looks on a cloud, and says in a word or two what it saw; undefined where a run cannot look. */
  readonly look?: (cloud: Cloud, names: Names) => Promise<string>;
}

const ETAG_OBJECT = 'etag.enc';

async function write(
  cloud: Cloud,
  { bucket }: Names,
  object: string,
  bytes: Uint8Array,
  query = '',
): Promise<Answer> {
  const path = `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(object)}${query}`;
  const headers = { 'content-type': 'application/octet-stream' };
  return call(cloud, 'storage', path, { method: 'POST', body: bytes, headers });
}

const encoded = (object: string) => object.split('/').map(encodeURIComponent).join('/');

/** Every assumption, of which docs/assumptions.md and the conformance run are made. */
export const ASSUMPTIONS: readonly Assumption[] = [
  {
    id: 'not-modified',
    says: 'A download by the XML API with If-None-Match is answered 304 while the content is the same.',
    source: 'https://cloud.google.com/storage/docs/xml-api/reference-headers#ifnonematch',
    whenWrong:
      'Every look downloads the object. Without x-goog-generation on the 304, a copy with the same bytes is noticed only as the same content; its generation is then shown late.',
    look: async (cloud, names) => {
      await write(cloud, names, ETAG_OBJECT, Buffer.from('one'));
      const first = await call(cloud, 'xml', `/${names.bucket}/${ETAG_OBJECT}`);
      const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
      const second = await call(cloud, 'xml', `/${names.bucket}/${ETAG_OBJECT}`, { headers });
      const has = second.headers.get('x-goog-generation') === null ? 'without' : 'with';
      return `${second.status}, ${has} x-goog-generation`;
    },
  },
  {
    id: 'download-headers',
    says: 'A download by the XML API brings generation, stored length and CRC32C in its headers.',
    source: 'https://cloud.google.com/storage/docs/xml-api/reference-headers',
    whenWrong: 'The service cannot start by direct REST; GOOGLE_CLIENTS=official goes another way.',
    look: async (cloud, names) => {
      await write(cloud, names, 'headers.enc', Buffer.from('one'));
      const { headers } = await call(cloud, 'xml', `/${names.bucket}/headers.enc`);
      const has = (name: string) => (headers.get(name) === null ? `no ${name}` : name);
      return [has('x-goog-generation'), has('x-goog-stored-content-length'), has('x-goog-hash')].join(', ');
    },
  },
  {
    id: 'gzip',
    says: 'What is stored with Content-Encoding gzip comes as it is stored to whoever accepts gzip.',
    source: 'https://cloud.google.com/storage/docs/transcoding',
    whenWrong: 'Such an object fails its checksum and is refused; put it again.',
    look: async (cloud, names) => {
      await write(cloud, names, 'gzip.enc', gzipSync('one'), '&contentEncoding=gzip');
      const { status, headers } = await call(cloud, 'xml', `/${names.bucket}/gzip.enc`, {
        headers: { 'accept-encoding': 'gzip' },
      });
      return `${status}, stored ${headers.get('x-goog-stored-content-encoding')}`;
    },
  },
  {
    id: 'names',
    says: 'Names of objects are no paths: a double slash and any Unicode stay as they are.',
    source: 'https://cloud.google.com/storage/docs/objects#naming',
    whenWrong: 'Such an object is not found; give it a plain name.',
    look: async (cloud, names) => {
      const object = 'a//b c/%41/ü.enc';
      await write(cloud, names, object, Buffer.from('one'));
      return String((await call(cloud, 'xml', `/${names.bucket}/${encoded(object)}`)).status);
    },
  },
  {
    id: 'precondition',
    says: 'A write with ifGenerationMatch of another generation is refused with 412 and the reason conditionNotMet.',
    source: 'https://cloud.google.com/storage/docs/request-preconditions',
    whenWrong:
      'The command says that Google refused, in its words, and not that somebody else was faster. Nothing is lost.',
    look: async (cloud, names) => {
      await write(cloud, names, 'once.enc', Buffer.from('one'));
      const { status, text } = await write(
        cloud,
        names,
        'once.enc',
        Buffer.from('two'),
        '&ifGenerationMatch=0',
      );
      return `${status} ${/"reason": ?"(\w+)"/.exec(text)?.[1] ?? 'without a reason'}`;
    },
  },
  {
    id: 'missing-object',
    says: 'Who may read one object and not list is told 403 about an object that is not there, for storage.objects.list.',
    source: 'https://cloud.google.com/storage/docs/json_api/v1/objects/get',
    whenWrong:
      'A missing object is taken for a missing grant: a start waits for it as for a grant, and says so.',
    look: async (cloud, names) => {
      const path = `/v1/projects/-/serviceAccounts/${names.account}:generateAccessToken`;
      const body = { scope: ['https://www.googleapis.com/auth/cloud-platform'] };
      const given = await waitForGrant(
        cloud,
        () => call(cloud, 'iamcredentials', path, { method: 'POST', body }),
        ({ status }) => status === 403,
      );
      if (given.status !== 200) return `not looked at: no token of the service account (${given.status})`;
      const token = String(JSON.parse(given.text).accessToken);
      const missing = await waitForGrant(
        cloud,
        () => call(cloud, 'xml', `/${names.bucket}/missing.enc`, { token }),
        ({ text }) => text.includes('storage.objects.get'),
      );
      return `${missing.status} ${/storage\.\w+\.\w+/.exec(missing.text)?.[0] ?? 'without a permission'}`;
    },
  },
  {
    id: 'primary',
    says: 'A version that was just made the primary one may take hours until encryption uses it; naming the version is exact.',
    source: 'https://cloud.google.com/kms/docs/consistency',
    whenWrong: 'Nothing: a rotation encrypts by version and reads back.',
    look: async (cloud, { key }) => {
      const made = await must(cloud, 'cloudkms', `/v1/${key}/cryptoKeyVersions`, {
        method: 'POST',
        body: {},
      });
      const { name } = JSON.parse(made.text) as { name: string };
      const body = { plaintext: Buffer.from('one').toString('base64') };
      const encrypted = await call(cloud, 'cloudkms', `/v1/${name}:encrypt`, { method: 'POST', body });
      return `${encrypted.status}, by ${JSON.parse(encrypted.text).name === name ? 'the version that was named' : 'another version'}`;
    },
  },
  {
    id: 'checksums',
    says: 'Cloud KMS verifies the CRC32C of what it gets, sends that of what it answers, as text, and has no flag for decryption.',
    source: 'https://cloud.google.com/kms/docs/data-integrity-guidelines',
    whenWrong: 'Encrypting and decrypting are refused as damaged in transit.',
    look: async (cloud, { key }) => {
      const body = { plaintext: Buffer.from('one').toString('base64'), plaintextCrc32c: '0' };
      const refused = await call(cloud, 'cloudkms', `/v1/${key}:encrypt`, { method: 'POST', body });
      const { plaintext } = body;
      const whole = await must(cloud, 'cloudkms', `/v1/${key}:encrypt`, {
        method: 'POST',
        body: { plaintext },
      });
      const { ciphertext } = JSON.parse(whole.text) as { ciphertext: string };
      const back = await must(cloud, 'cloudkms', `/v1/${key}:decrypt`, {
        method: 'POST',
        body: { ciphertext },
      });
      return `${refused.status} for a wrong one; plaintextCrc32c is a ${typeof JSON.parse(back.text).plaintextCrc32c}`;
    },
  },
  {
    id: 'troubleshooter',
    says: 'Policy Troubleshooter v3 answers overallAccessState, allowPolicyExplanation and denyPolicyExplanation.',
    source:
      'https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest/v3/iam/troubleshoot',
    whenWrong: 'verify says not proven, and never that something holds.',
    look: async (cloud, { account, key }) => {
      const fullResourceName = `//cloudkms.googleapis.com/${key}`;
      const permission = 'cloudkms.cryptoKeyVersions.useToDecrypt';
      const body = { accessTuple: { principal: account, fullResourceName, permission } };
      const { status, text } = await call(cloud, 'policytroubleshooter', '/v3/iam:troubleshoot', {
        method: 'POST',
        body,
      });
      if (status !== 200) return `${status} ${/"reason": ?"(\w+)"/.exec(text)?.[1] ?? ''}`.trim();
      const { overallAccessState, denyPolicyExplanation } = JSON.parse(text);
      return `${overallAccessState}, ${denyPolicyExplanation?.denyAccessState ?? 'no word of deny policies'}`;
    },
  },
  {
    id: 'api-off',
    says: 'A call to an API that is off is refused with SERVICE_DISABLED, as PERMISSION_DENIED or FAILED_PRECONDITION.',
    source: 'https://cloud.google.com/apis/docs/troubleshooting',
    whenWrong: "The error says Google's words and no command.",
  },
  {
    id: 'metadata-start',
    says: 'The metadata server may answer anything in its first moments (404, 403, 500, nothing).',
    source: 'https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity',
    whenWrong: 'Nothing: a start tries again until Cloud Run ends it.',
  },
  {
    id: 'propagation',
    says: 'A grant takes two minutes as a rule, seven or more at times.',
    source: 'https://cloud.google.com/iam/docs/access-change-propagation',
    whenWrong: 'A start that waits longer than 210 seconds fails, and says what it waited for; deploy again.',
  },
  {
    id: 'min-scale',
    says: 'The annotation minScale "0" may be a lasting difference for Terraform.',
    source: 'https://github.com/hashicorp/terraform-provider-google/issues/25330',
    whenWrong: 'Every plan shows the same change, which does nothing.',
  },
  {
    id: 'image-pull',
    says: "The service agent of a project that is minutes old may pull its repository's images.",
    source: 'https://cloud.google.com/run/docs/deploying#permissions_required_to_deploy',
    whenWrong: 'The first deployment fails when it pulls the image; deploy again.',
  },
];
