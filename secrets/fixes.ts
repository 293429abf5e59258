import { parseKeyName } from './reference.ts';

/** A call to Google by the permission it needs and what it is made on. */
export type GoogleCall = ObjectCall | KeyCall;

interface ObjectCall {
  readonly permission: 'storage.objects.get';
  readonly bucket: string;
  readonly object: string;
}

interface KeyCall {
  readonly permission: 'cloudkms.cryptoKeyVersions.useToDecrypt' | 'cloudkms.cryptoKeyVersions.useToEncrypt';
  /** Full resource name of the key. */
  readonly key: string;
}

/**
 * The command that grants what a call lacks, as narrowly as the deployment does; for what the deployment
 * grants, the deployment comes first.
 *
 * @param member IAM member such as `serviceAccount:name@project.iam.gserviceaccount.com`.
 */
export function grantCommand(call: GoogleCall, member: string): string {
  const deploy = 'npx cdktf deploy cloud-run-identity, or: ';
  if ('object' in call) {
    const name = `projects/_/buckets/${call.bucket}/objects/${call.object}`;
    return (
      `${deploy}gcloud storage buckets add-iam-policy-binding gs://${call.bucket}` +
      ` --member=${member} --role=roles/storage.objectViewer` +
      ` --condition='title=one-object,expression=resource.name == "${name}"'`
    );
  }
  const { project, location, keyRing, cryptoKey } = parseKeyName(call.key);
  const decrypts = call.permission === 'cloudkms.cryptoKeyVersions.useToDecrypt';
  const command =
    `gcloud kms keys add-iam-policy-binding ${cryptoKey} --keyring=${keyRing} --location=${location}` +
    ` --project=${project} --member=${member}` +
    ` --role=roles/cloudkms.cryptoKey${decrypts ? 'Decrypter' : 'Encrypter'}`;
  return decrypts ? deploy + command : command;
}

/** The commands that find and enable a disabled version of a key. */
export function enableVersionCommand(key: string): string {
  const { project, location, keyRing, cryptoKey } = parseKeyName(key);
  const flags = `--key=${cryptoKey} --keyring=${keyRing} --location=${location} --project=${project}`;
  return `gcloud kms keys versions list ${flags}, then gcloud kms keys versions enable VERSION ${flags}`;
}

/** How a ciphertext that cannot be used is replaced; `url` is the object's `gs://` address where it is known. */
export function replaceCommand(url = 'gs://BUCKET/OBJECT'): string {
  return `npm run secrets -- encrypt config.json, then gcloud storage cp config.enc ${url}`;
}

/** The IAM member that an account's email stands for; undefined for an unknown account. */
export function iamMember(email: string | undefined): string | undefined {
  if (email === undefined) return undefined;
  return email.endsWith('gserviceaccount.com') ? `serviceAccount:${email}` : `user:${email}`;
}
