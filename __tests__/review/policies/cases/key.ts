import type { TerraformResource } from 'cdktf';
import { addResource, IDENTITY, KEY, resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const AGENT = 'serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com';
const DECRYPTER = 'roles/cloudkms.cryptoKeyDecrypter';
const BOTH = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';

const key = ({ keyRing }: Sample): TerraformResource => resourceOf(keyRing, 'key');
const set = (argument: string, value: unknown) => (sample: Sample) =>
  key(sample).addOverride(argument, value);

const onKey =
  (role: string, member = IDENTITY, crypto_key_id = KEY) =>
  ({ stack }: Sample) =>
    addResource(stack, 'google_kms_crypto_key_iam_member', { crypto_key_id, role, member });

const mixed = (duty: string, by: string, decrypter = DECRYPTER, member = IDENTITY) =>
  `${member} may decrypt (${decrypter}) and ${duty} ${by}`;

const rotation = (rotationPeriod: string | undefined, found: string[]): PolicyCase => ({
  policy: 'key-rotation',
  title: `a rotation period of ${rotationPeriod}`,
  change: set('rotation_period', rotationPeriod),
  found,
});

const protection: readonly PolicyCase[] = [
  ...[false, undefined].map((value) => ({
    policy: 'key-protected',
    title: `a key with prevent_destroy ${value}`,
    change: set('lifecycle.prevent_destroy', value),
    found: ['Terraform may destroy it'],
  })),
  {
    policy: 'key-protected',
    title: 'a key ring that Terraform may destroy',
    change: ({ keyRing }) => resourceOf(keyRing).addOverride('lifecycle.prevent_destroy', false),
    found: ['Terraform may destroy it'],
  },
  {
    policy: 'key-protected',
    title: 'versions that are gone after a day',
    change: set('destroy_scheduled_duration', '86400s'),
    found: ['a destroyed version is gone for good after 86400s'],
  },
  {
    policy: 'key-protected',
    title: 'versions that can be restored for 60 days',
    change: set('destroy_scheduled_duration', '5184000s'),
    found: [],
  },
];

const duties: readonly PolicyCase[] = [
  {
    policy: 'key-separation-of-duties',
    title: 'encrypting beside decrypting',
    change: onKey('roles/cloudkms.cryptoKeyEncrypter'),
    found: [mixed('encrypt', '(roles/cloudkms.cryptoKeyEncrypter, test/added-7)')],
  },
  {
    policy: 'key-separation-of-duties',
    title: 'one role for both',
    change: onKey(BOTH, 'user:jo@example.com'),
    found: [mixed('encrypt', 'by the same role', BOTH, 'user:jo@example.com')],
  },
  {
    policy: 'key-separation-of-duties',
    title: 'managing the project that the key is in',
    change: ({ stack }) =>
      addResource(stack, 'google_project_iam_member', {
        project: 'my-project',
        role: 'roles/cloudkms.admin',
        member: IDENTITY,
      }),
    found: [mixed('manage', '(roles/cloudkms.admin, test/added-7)')],
  },
  {
    policy: 'key-separation-of-duties',
    title: 'managing the key ring that the key is in, written without its collections',
    change: ({ stack }) =>
      addResource(stack, 'google_kms_key_ring_iam_member', {
        key_ring_id: 'my-project/global/secrets',
        role: 'roles/cloudkms.admin',
        member: IDENTITY,
      }),
    found: [mixed('manage', '(roles/cloudkms.admin, test/added-7)')],
  },
  {
    policy: 'key-separation-of-duties',
    title: 'an organization above, whatever is in it',
    change: ({ stack }) =>
      addResource(stack, 'google_organization_iam_member', {
        org_id: '1',
        role: 'roles/cloudkms.admin',
        member: IDENTITY,
      }),
    found: [mixed('manage', '(roles/cloudkms.admin, test/added-7)')],
  },
  {
    policy: 'key-separation-of-duties',
    title: 'encrypting with the key that is made here and named by reference',
    change: (sample) =>
      onKey('roles/cloudkms.cryptoKeyEncrypter', IDENTITY, key(sample).getStringAttribute('id'))(sample),
    found: [mixed('encrypt', '(roles/cloudkms.cryptoKeyEncrypter, test/added-7)')],
  },
  {
    policy: 'key-separation-of-duties',
    title: "a service agent of Google's with the key of a config",
    change: onKey(BOTH, AGENT),
    found: [mixed('encrypt', 'by the same role', BOTH, AGENT)],
  },
  {
    policy: 'key-separation-of-duties',
    title: "a service agent of Google's with a key for storage",
    change: onKey(BOTH, AGENT, `${KEY}-storage`),
    found: [],
  },
  {
    policy: 'key-separation-of-duties',
    title: 'encrypting with another key, whose name begins with the same letters',
    change: onKey('roles/cloudkms.cryptoKeyEncrypter', IDENTITY, `${KEY}-2`),
    found: [],
  },
  {
    policy: 'key-separation-of-duties',
    title: 'another principal that encrypts',
    change: onKey('roles/cloudkms.cryptoKeyEncrypter', 'group:operators@example.com'),
    found: [],
  },
];

export const keyCases: readonly PolicyCase[] = [
  rotation(undefined, ['the key is never rotated']),
  rotation('7776001s', ['the key is rotated every 90.0 days']),
  rotation('31536000s', ['the key is rotated every 365.0 days']),
  rotation('7776000s', []),
  rotation('86400s', []),
  {
    policy: 'key-rotation',
    title: 'a key that signs, which cannot be rotated automatically',
    change: (sample) => {
      set('purpose', 'ASYMMETRIC_SIGN')(sample);
      set('rotation_period', undefined)(sample);
    },
    found: [],
  },
  ...protection,
  ...duties,
];
