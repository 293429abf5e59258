import { objectUrl, parseKeyName } from './reference.ts';

/** A call to Google by the permission it needs and what it is made on. */
export type GoogleCall = ObjectCall | KeyCall | ProjectCall;

interface ObjectCall {
  readonly permission: 'storage.objects.get' | 'storage.objects.list' | 'storage.objects.create';
  readonly bucket: string;
  readonly object: string;
}

interface KeyCall {
  readonly permission:
    | 'cloudkms.cryptoKeyVersions.useToDecrypt'
    | 'cloudkms.cryptoKeyVersions.useToEncrypt'
    | 'cloudkms.cryptoKeys.get'
    | 'cloudkms.cryptoKeys.update'
    | 'cloudkms.cryptoKeyVersions.list'
    | 'cloudkms.cryptoKeyVersions.create'
    | 'cloudkms.cryptoKeyVersions.update';
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

/**
 * The command that grants what a call lacks, as narrowly as the deployment does; for what the deployment
 * grants, the deployment comes first.
 *
 * @param member IAM member such as `serviceAccount:name@project.iam.gserviceaccount.com`.
 */
export function grantCommand(call: GoogleCall, member: string): string {
  if ('key' in call) return grantOnKey(call, member);
  if ('object' in call) return grantOnObject(call, member);
  return `gcloud projects add-iam-policy-binding ${call.project} --member=${member} --role=${call.role}`;
}

/** What the service needs comes by the deployment; what else is asked of a key or an object, operators need. */
const deploy = 'npx cdktf deploy cloud-run-identity, or: ';

function grantOnObject({ permission, bucket, object }: ObjectCall, member: string): string {
  const command = `gcloud storage buckets add-iam-policy-binding gs://${bucket} --member=${member}`;
  if (permission !== 'storage.objects.get') return `${command} --role=roles/storage.objectUser`;
  const name = `projects/_/buckets/${bucket}/objects/${object}`;
  return (
    `${deploy}${command} --role=roles/storage.objectViewer` +
    ` --condition='title=one-object,expression=resource.name == "${name}"'`
  );
}

function grantOnKey({ permission, key }: KeyCall, member: string): string {
  const { project, location, keyRing, cryptoKey } = parseKeyName(key);
  const command =
    `gcloud kms keys add-iam-policy-binding ${cryptoKey} --keyring=${keyRing} --location=${location}` +
    ` --project=${project} --member=${member} --role=roles/cloudkms.`;
  switch (permission) {
    case 'cloudkms.cryptoKeyVersions.useToDecrypt':
      return `${deploy}${command}cryptoKeyDecrypter`;
    case 'cloudkms.cryptoKeyVersions.useToEncrypt':
      return `${command}cryptoKeyEncrypter`;
    case 'cloudkms.cryptoKeys.get':
    case 'cloudkms.cryptoKeyVersions.list':
      return `${command}viewer`;
    default:
      return `${command}admin`;
  }
}

/** The commands that find and enable a disabled version of a key. */
export function enableVersionCommand(key: string): string {
  const { project, location, keyRing, cryptoKey } = parseKeyName(key);
  const flags = `--key=${cryptoKey} --keyring=${keyRing} --location=${location} --project=${project}`;
  return `gcloud kms keys versions list ${flags}, then gcloud kms keys versions enable VERSION ${flags}`;
}

/** How a ciphertext that cannot be used is replaced. */
export function replaceCommand(): string {
  return 'npx cloud-run-identity put config.json, or npx cloud-run-identity rollback';
}

/** The IAM member that an account's email stands for; undefined for an unknown account. */
export function iamMember(email: string | undefined): string | undefined {
  if (email === undefined) return undefined;
  return email.endsWith('gserviceaccount.com') ? `serviceAccount:${email}` : `user:${email}`;
}
