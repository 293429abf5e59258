import type { BeyondStacks } from './model.ts';

/**
 * Who reads a secret although no grant of these stacks says so. Roles on the project, its folders and its
 * organization are inherited and cannot be derived from what is synthesized, so they are said in words.
 *
 * Sources: what a new bucket grants by itself, https://cloud.google.com/storage/docs/access-control/iam-roles#basic-roles;
 * owners and keys, https://cloud.google.com/kms/docs/separation-of-duties; deploying under an identity,
 * https://cloud.google.com/run/docs/reference/iam/roles#additional-configuration.
 */
export const BEYOND_STACKS: readonly BeyondStacks[] = [
  {
    who: 'Owners of the project (roles/owner), or of its folder or organization',
    can: 'read every object of a new bucket, decrypt with every key, and change every grant.',
    readsSecret: true,
  },
  {
    who: 'Editors of the project (roles/editor)',
    can:
      'read and replace every object of a new bucket. They may not decrypt, but they may deploy a revision of their ' +
      'own that runs as the service’s identity, and that one decrypts.',
    readsSecret: true,
  },
  {
    who: 'Whoever may deploy to Cloud Run and act as the identity (roles/run.developer with roles/iam.serviceAccountUser)',
    can: 'do the same; the pipeline that deploys these stacks is one of them.',
    readsSecret: true,
  },
  {
    who: 'Whoever may make tokens or keys of the identity (roles/iam.serviceAccountTokenCreator, …KeyAdmin) on the project',
    can: 'do all that the identity can.',
    readsSecret: true,
  },
  {
    who: 'Whoever encrypts the config, and whoever runs the database that it opens',
    can: 'know the plaintext from the start.',
    readsSecret: true,
  },
  {
    who: 'Viewers of the project (roles/viewer)',
    can: 'read every object of a new bucket, as ciphertext only: they may not decrypt.',
    readsSecret: false,
  },
];

/** Commands that list them, for a project; what they print is the part that this review cannot see. */
export function commandsToSeeThem(projects: readonly string[], keys: readonly string[]): string[] {
  return [
    ...projects.map((project) => `gcloud projects get-ancestors-iam-policy ${quoted(project)}`),
    ...keys.map(
      (key) =>
        'gcloud asset analyze-iam-policy --organization=ORGANIZATION_ID ' +
        `--full-resource-name=${quoted(`//cloudkms.googleapis.com/${key}`)} ` +
        '--permissions=cloudkms.cryptoKeyVersions.useToDecrypt',
    ),
  ];
}

/** Text that a POSIX shell and PowerShell take as it is; names that need more do not exist in Google Cloud. */
function quoted(name: string): string {
  return /^[\w./:@-]+$/.test(name) ? name : `'${name.replaceAll("'", '')}'`;
}
