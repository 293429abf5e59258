import { CloudRunService } from '../../../../constructs/cloud-run-service.ts';
import { ServiceIdentity } from '../../../../constructs/service-identity.ts';
import { addResource, BUILDER, builder, IDENTITY, KEY, resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const COMPUTE = '123456789012-compute@developer.gserviceaccount.com';

const runAs =
  (account: string | undefined) =>
  ({ service }: Sample) =>
    resourceOf(service).addOverride('template.spec.service_account_name', account);

const grant =
  (type: string, args: Record<string, unknown>) =>
  ({ stack }: Sample) =>
    addResource(stack, type, { member: IDENTITY, ...args });

function anotherService({ stack }: Sample, identity: ServiceIdentity): void {
  new CloudRunService(stack, 'invoices', {
    name: 'invoices',
    location: 'us-central1',
    image: 'example.com/invoices:1',
    identity,
    environment: {},
    dependsOn: [],
  });
}

export const identityCases: readonly PolicyCase[] = [
  {
    policy: 'identity-no-default',
    title: 'a service without a service account',
    change: runAs(undefined),
    found: ['it names no service account, so it runs as the default one'],
  },
  ...[COMPUTE, 'my-project@appspot.gserviceaccount.com'].map((account) => ({
    policy: 'identity-no-default',
    title: `a service that runs as ${account}`,
    change: runAs(account),
    found: [`it runs as the default account ${account}`],
  })),
  {
    policy: 'identity-no-default',
    title: 'a grant to the default account',
    change: grant('google_kms_crypto_key_iam_member', {
      crypto_key_id: KEY,
      role: 'roles/cloudkms.cryptoKeyDecrypter',
      member: `serviceAccount:${COMPUTE}`,
    }),
    found: [`serviceAccount:${COMPUTE} has roles/cloudkms.cryptoKeyDecrypter on the key ${KEY}`],
  },
  {
    policy: 'identity-no-default',
    title: 'a service that runs as an account of its own',
    change: runAs('orders@another-project.iam.gserviceaccount.com'),
    found: [],
  },
  {
    policy: 'identity-not-shared',
    title: 'two services with one identity',
    change: (sample) => anotherService(sample, sample.identity),
    found: Array(2).fill('invoices, orders run as orders@my-project.iam.gserviceaccount.com'),
  },
  {
    policy: 'identity-not-shared',
    title: 'two services with two identities',
    change: (sample) =>
      anotherService(
        sample,
        new ServiceIdentity(sample.stack, 'invoices-identity', {
          accountId: 'invoices',
          displayName: 'Invoices',
        }),
      ),
    found: [],
  },
  {
    policy: 'identity-no-project-role',
    title: 'a role on the project',
    change: grant('google_project_iam_member', { project: 'my-project', role: 'roles/logging.logWriter' }),
    found: [`${IDENTITY} has roles/logging.logWriter on the project projects/my-project`],
  },
  ...(['roles/storage.objectViewer', 'roles/logging.logWriter'] as const).map((role) => ({
    policy: 'identity-no-project-role',
    title: `${role} on the project, for an account that no service runs as`,
    change: builder(grant('google_project_iam_member', { project: 'my-project', role, member: BUILDER })),
    found:
      role === 'roles/logging.logWriter' ? [] : [`${BUILDER} has ${role} on the project projects/my-project`],
  })),
  {
    policy: 'identity-no-project-role',
    title: 'a role on the key ring',
    change: grant('google_kms_key_ring_iam_member', {
      key_ring_id: 'my-project/global/secrets',
      role: 'roles/cloudkms.cryptoKeyDecrypter',
    }),
    found: [
      `${IDENTITY} has roles/cloudkms.cryptoKeyDecrypter on the key ring ` +
        'projects/my-project/locations/global/keyRings/secrets',
    ],
  },
  {
    policy: 'identity-no-project-role',
    title: 'a role of a group on the project',
    change: grant('google_project_iam_member', {
      project: 'my-project',
      role: 'roles/logging.viewer',
      member: 'group:operators@example.com',
    }),
    found: [],
  },
  ...[
    'roles/owner',
    'roles/editor',
    'roles/storage.objectAdmin',
    'roles/storage.legacyBucketOwner',
    'roles/cloudkms.admin',
    'roles/iam.serviceAccountTokenCreator',
    'roles/iam.serviceAccountUser',
  ].map((role) => ({
    policy: 'identity-no-powerful-role',
    title: role,
    change: grant('google_storage_bucket_iam_member', { bucket: 'my-secrets', role }),
    found: [`${IDENTITY} has ${role} on the bucket projects/_/buckets/my-secrets`],
  })),
  {
    policy: 'identity-no-powerful-role',
    title: 'an administrator who is not a service',
    change: grant('google_storage_bucket_iam_member', {
      bucket: 'my-secrets',
      role: 'roles/storage.admin',
      member: 'group:operators@example.com',
    }),
    found: [],
  },
  {
    policy: 'identity-no-custom-role',
    title: 'a custom role',
    change: grant('google_storage_bucket_iam_member', {
      bucket: 'my-secrets',
      role: 'projects/my-project/roles/reader',
    }),
    found: [`${IDENTITY} has projects/my-project/roles/reader on the bucket projects/_/buckets/my-secrets`],
  },
  {
    policy: 'identity-no-custom-role',
    title: 'predefined roles',
    change: () => {},
    found: [],
  },
  ...['google_service_account_key', 'google_storage_hmac_key'].map((type) => ({
    policy: 'identity-no-key',
    title: type,
    change: ({ stack, identity }: Sample) => addResource(stack, type, { service_account_id: identity.email }),
    found: [`${type} makes a lasting credential`],
  })),
  { policy: 'identity-no-key', title: 'no key', change: () => {}, found: [] },
];
