import { addResource, IDENTITY, KEY, resourceOf, type Sample, SERVICE } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const grant = (type: string, args: Record<string, unknown>) => (sample: Sample) =>
  addResource(sample.stack, type, args);

const onBucket = { bucket: 'my-secrets', role: 'roles/storage.objectViewer' };
const reveal = ({ service }: Sample) =>
  resourceOf(service).addOverride('template.spec.containers.0.env.2.value', 'revealed');

export const accessCases: readonly PolicyCase[] = [
  ...['allUsers', 'allAuthenticatedUsers'].map((member) => ({
    policy: 'access-no-public-principal',
    title: `${member} on a bucket`,
    change: grant('google_storage_bucket_iam_member', { ...onBucket, member }),
    found: [`${member} has roles/storage.objectViewer on the bucket projects/_/buckets/my-secrets`],
  })),
  {
    policy: 'access-no-public-principal',
    title: 'a public principal on a key',
    change: grant('google_kms_crypto_key_iam_member', {
      crypto_key_id: KEY,
      role: 'roles/cloudkms.cryptoKeyEncrypter',
      member: 'allUsers',
    }),
    found: [`allUsers has roles/cloudkms.cryptoKeyEncrypter on the key ${KEY}`],
  },
  {
    policy: 'access-no-public-principal',
    title: 'a public principal on an image repository',
    change: grant('google_artifact_registry_repository_iam_member', {
      repository: 'images',
      location: 'us-central1',
      role: 'roles/artifactregistry.reader',
      member: 'allUsers',
    }),
    found: [
      'allUsers has roles/artifactregistry.reader on the image repository ' +
        'projects/my-project/locations/us-central1/repositories/images',
    ],
  },
  {
    policy: 'access-no-public-principal',
    title: 'a public principal on the project, even if it may only invoke',
    change: grant('google_project_iam_member', {
      project: 'my-project',
      role: 'roles/run.invoker',
      member: 'allUsers',
    }),
    found: ['allUsers has roles/run.invoker on the project projects/my-project'],
  },
  {
    policy: 'access-no-public-principal',
    title: 'a public principal among the members of a binding',
    change: grant('google_storage_bucket_iam_binding', {
      ...onBucket,
      members: ['group:operators@example.com', 'allUsers'],
    }),
    found: ['allUsers has roles/storage.objectViewer on the bucket projects/_/buckets/my-secrets'],
  },
  {
    policy: 'access-no-public-principal',
    title: 'a public role on a service that is more than invoking',
    change: grant('google_cloud_run_service_iam_member', {
      service: 'orders',
      location: 'us-central1',
      role: 'roles/run.developer',
      member: 'allUsers',
    }),
    found: [
      'allUsers has roles/run.developer on the Cloud Run service ' +
        'projects/my-project/locations/us-central1/services/orders',
    ],
  },
  ...[{ predefined_acl: 'publicRead' }, { role_entity: ['READER:allUsers'] }].map((list) => ({
    policy: 'access-no-public-principal',
    title: `an access control list with ${Object.keys(list)}`,
    change: grant('google_storage_bucket_acl', { bucket: 'my-secrets', ...list }),
    found: ['an access control list opens it to the public'],
  })),
  {
    policy: 'access-no-public-principal',
    title: 'an access control list for a group',
    change: grant('google_storage_bucket_acl', {
      bucket: 'my-secrets',
      role_entity: ['READER:group-operators@example.com'],
    }),
    found: [],
  },
  {
    policy: 'access-no-public-principal',
    title: 'a group on a bucket, and a public invoker on the service',
    change: (sample) => {
      grant('google_storage_bucket_iam_member', { ...onBucket, member: 'group:operators@example.com' })(
        sample,
      );
      sample.service.allowUnauthenticated();
    },
    found: [],
  },
  {
    policy: 'access-public-only-when-asked',
    title: 'a public invoker that no setting asks for',
    change: ({ service }) => service.allowUnauthenticated(),
    options: { publicServices: [SERVICE.replace('us-central1', 'europe-west1')] },
    found: [`roles/run.invoker for allUsers opens ${SERVICE}, which is not meant to be public`],
  },
  {
    policy: 'access-public-only-when-asked',
    title: 'a check of the caller that is switched off',
    change: ({ service }) =>
      resourceOf(service).addOverride('metadata.annotations', {
        'run.googleapis.com/invoker-iam-disabled': 'true',
      }),
    found: [`the disabled check of the caller opens ${SERVICE}, which is not meant to be public`],
  },
  {
    policy: 'access-public-only-when-asked',
    title: 'a public invoker that the settings ask for',
    change: ({ service }) => service.allowUnauthenticated(),
    options: { publicServices: [SERVICE] },
    found: [],
  },
  {
    policy: 'access-public-never-revealed',
    title: 'revealed values on a public service, whatever the settings say',
    change: (sample) => {
      sample.service.allowUnauthenticated();
      reveal(sample);
    },
    options: { publicServices: [SERVICE] },
    found: [`roles/run.invoker for allUsers opens ${SERVICE}, whose PAGE_VALUES is "revealed"`],
  },
  {
    policy: 'access-public-never-revealed',
    title: 'revealed values on a private service',
    change: reveal,
    found: [],
  },
  ...['google_project_iam_binding', 'google_kms_crypto_key_iam_policy', 'google_storage_object_acl'].map(
    (type) => ({
      policy: 'access-additive-grants',
      title: type,
      change: grant(type, { role: 'roles/storage.objectViewer' }),
      found: [`${type} is authoritative`],
    }),
  ),
  {
    policy: 'access-additive-grants',
    title: 'members',
    change: grant('google_storage_bucket_iam_member', { ...onBucket, member: IDENTITY }),
    found: [],
  },
];
