import { quoteWords } from './quote.ts';
import { objectUrl, parseKeyName } from './reference.ts';

/** A call to Google by the permission it needs and what it is made on. */
export type GoogleCall = ObjectCall | KeyCall | ProjectCall;

/** What is asked of an object. */
export const objectPermissions = [
  'storage.objects.get',
  'storage.objects.list',
  'storage.objects.create',
  'storage.objects.update',
  'storage.objects.delete',
] as const;

/** What is asked of a key. */
export const keyPermissions = [
  'cloudkms.cryptoKeyVersions.useToDecrypt',
  'cloudkms.cryptoKeyVersions.useToEncrypt',
  'cloudkms.cryptoKeys.get',
  'cloudkms.cryptoKeys.update',
  'cloudkms.cryptoKeyVersions.list',
  'cloudkms.cryptoKeyVersions.create',
  'cloudkms.cryptoKeyVersions.update',
] as const;

interface ObjectCall {
  readonly permission: (typeof objectPermissions)[number];
  readonly bucket: string;
  readonly object: string;
}

interface KeyCall {
  readonly permission: (typeof keyPermissions)[number];
  /** Full resource name of the key. */
  readonly key: string;
}

/** A call to any other API, which a role on the project allows. */
interface ProjectCall {
  readonly permission: string;
  /** Full resource name of what is asked for. */
  readonly resource: string;
  /** Id of the project in which the role is needed. */
  readonly project: string;
  /** The narrowest predefined role that has the permission. */
  readonly role: string;
  /** The API, such as `run.googleapis.com`. */
  readonly api: string;
}

/** What a call is made on, by name. */
export function resourceOf(call: GoogleCall): string {
  if ('key' in call) return call.key;
  return 'object' in call ? objectUrl(call.bucket, call.object) : call.resource;
}

/** The API that a call is made to, such as `cloudkms.googleapis.com`. */
export function apiOf(call: GoogleCall): string {
  if ('key' in call) return 'cloudkms.googleapis.com';
  return 'object' in call ? 'storage.googleapis.com' : call.api;
}

/** The project that a call's resource is in, where its name says so. */
export function projectOf(call: GoogleCall): string | undefined {
  if ('key' in call) return parseKeyName(call.key).project;
  return 'object' in call ? undefined : call.project;
}

/**
 * The command that grants what a call lacks, as narrowly as the deployment does, quoted for the reader's shell.
 *
 * @param member IAM member such as `serviceAccount:name@project.iam.gserviceaccount.com`.
 */
export function grantCommand(call: GoogleCall, member: string): string {
  return quoteWords(grantWords(call, member));
}

function grantWords(call: GoogleCall, member: string): string[] {
  if ('key' in call) return grantOnKey(call, member);
  if ('object' in call) return grantOnObject(call, member);
  const { project, role } = call;
  return ['gcloud', 'projects', 'add-iam-policy-binding', project, `--member=${member}`, `--role=${role}`];
}

function grantOnObject({ permission, bucket, object }: ObjectCall, member: string): string[] {
  const words = [
    'gcloud',
    'storage',
    'buckets',
    'add-iam-policy-binding',
    `gs://${bucket}`,
    `--member=${member}`,
  ];
  if (permission !== 'storage.objects.get') return [...words, '--role=roles/storage.objectUser'];
  const name = JSON.stringify(`projects/_/buckets/${bucket}/objects/${object}`);
  const condition = `title=one-object,expression=resource.name == ${name}`;
  return [...words, '--role=roles/storage.objectViewer', `--condition=${withDelimiter(condition, object)}`];
}

/** gcloud takes lists apart at commas, unless another delimiter is named (gcloud topic escaping). */
function withDelimiter(condition: string, object: string): string {
  if (!object.includes(',')) return condition;
  const delimiter = [':', ';', '|', '~', '#', '!'].find((each) => !condition.includes(each)) ?? '\u0001';
  return `^${delimiter}^${condition.replace(',expression=', `${delimiter}expression=`)}`;
}

function grantOnKey({ permission, key }: KeyCall, member: string): string[] {
  const { project, location, keyRing, cryptoKey } = parseKeyName(key);
  return [
    ...['gcloud', 'kms', 'keys', 'add-iam-policy-binding', cryptoKey, `--keyring=${keyRing}`],
    ...[`--location=${location}`, `--project=${project}`, `--member=${member}`],
    `--role=roles/cloudkms.${keyRoleFor(permission)}`,
  ];
}

function keyRoleFor(permission: KeyCall['permission']): string {
  switch (permission) {
    case 'cloudkms.cryptoKeyVersions.useToDecrypt':
      return 'cryptoKeyDecrypter';
    case 'cloudkms.cryptoKeyVersions.useToEncrypt':
      return 'cryptoKeyEncrypter';
    case 'cloudkms.cryptoKeys.get':
    case 'cloudkms.cryptoKeyVersions.list':
      return 'viewer';
    default:
      return 'admin';
  }
}

/**
 * The command that makes a version of a key usable again.
 *
 * @param verb `enable` for a disabled one, `restore` for one that is to be destroyed
 * @param version its number; where nobody says it, the command shows all versions instead
 */
export function keyVersionCommand(
  key: string,
  verb: 'enable' | 'restore',
  version: string | undefined,
): string {
  const { project, location, keyRing, cryptoKey } = parseKeyName(key);
  const flags = [
    `--key=${cryptoKey}`,
    `--keyring=${keyRing}`,
    `--location=${location}`,
    `--project=${project}`,
  ];
  const words = version === undefined ? ['list'] : [verb, version];
  return quoteWords(['gcloud', 'kms', 'keys', 'versions', ...words, ...flags]);
}

/** How a ciphertext that cannot be used is replaced. */
export function replaceCommand(): string {
  return 'npx cloud-run-identity rollback';
}

/** The IAM member that an account's email stands for; undefined for an unknown account. */
export function iamMember(email: string | undefined): string | undefined {
  if (email === undefined) return undefined;
  return email.endsWith('gserviceaccount.com') ? `serviceAccount:${email}` : `user:${email}`;
}
