import { parseKeyName } from '@cloud-run-identity/secrets';
import type { DeclaredService } from '../../secret/services.ts';
import { accessOf } from '../access.ts';
import { BrokenError } from '../broken.ts';
import { bucketName, type Deployment, memberOf, objectName, shortName } from '../deployment.ts';
import { decryptGrantLink, readGrantLink } from '../links/grants.ts';
import type { Proof } from '../verify.ts';

/** Something that the identity must not be able to do. */
interface Forbidden {
  readonly claim: string;
  readonly permission: string;
  /** Full resource name. */
  readonly resource: (declared: DeclaredService) => string;
}

const project = ({ projectId }: DeclaredService) =>
  `//cloudresourcemanager.googleapis.com/projects/${projectId}`;
const key = (declared: DeclaredService) => `//cloudkms.googleapis.com/${declared.key}`;
const otherObject = (declared: DeclaredService) =>
  objectName({ ...declared, object: `${declared.object}.not-this-one` });
const keyRing = (declared: DeclaredService) => key(declared).replace(/\/cryptoKeys\/.*$/, '');
const service = ({ projectId, region, name }: DeclaredService) =>
  `//run.googleapis.com/projects/${projectId}/locations/${region}/services/${name}`;
const account = ({ projectId, identity }: DeclaredService) =>
  `//iam.googleapis.com/projects/${projectId}/serviceAccounts/${identity}`;

const FORBIDDEN: readonly Forbidden[] = [
  { claim: 'read another object', permission: 'storage.objects.get', resource: otherObject },
  { claim: 'list the bucket', permission: 'storage.objects.list', resource: bucketName },
  { claim: 'read the bucket', permission: 'storage.buckets.get', resource: bucketName },
  { claim: 'write the object', permission: 'storage.objects.create', resource: objectName },
  { claim: 'delete the object', permission: 'storage.objects.delete', resource: objectName },
  { claim: 'open the bucket to others', permission: 'storage.buckets.setIamPolicy', resource: bucketName },
  { claim: 'encrypt', permission: 'cloudkms.cryptoKeyVersions.useToEncrypt', resource: key },
  { claim: 'change the key', permission: 'cloudkms.cryptoKeys.update', resource: key },
  { claim: 'destroy the key', permission: 'cloudkms.cryptoKeyVersions.destroy', resource: key },
  { claim: 'open the key to others', permission: 'cloudkms.cryptoKeys.setIamPolicy', resource: key },
  {
    claim: 'decrypt with the other keys of the ring',
    permission: 'cloudkms.cryptoKeyVersions.useToDecrypt',
    resource: keyRing,
  },
  { claim: 'change the service', permission: 'run.services.update', resource: service },
  { claim: 'act as itself elsewhere', permission: 'iam.serviceAccounts.actAs', resource: account },
  { claim: 'make tokens of itself', permission: 'iam.serviceAccounts.getAccessToken', resource: account },
  {
    claim: "read the project's policy",
    permission: 'resourcemanager.projects.getIamPolicy',
    resource: project,
  },
  { claim: 'read every object of the project', permission: 'storage.objects.get', resource: project },
];

/** Whether the policy is exact: what the identity needs, and nothing of a list of what it must not have. */
export const accessProofs: readonly Proof[] = [
  { claim: 'its identity can decrypt with its key', prove: decryptGrantLink.check },
  { claim: 'its identity can read its object', prove: readGrantLink.check },
  ...FORBIDDEN.map(toProof),
];

function toProof({ claim, permission, resource }: Forbidden): Proof {
  return {
    claim: `its identity cannot ${claim}`,
    prove: async (deployment) => {
      const name = resource(deployment.declared);
      const { isGranted, by } = await accessOf(deployment, permission, name);
      if (!isGranted) return `no ${permission} on ${shortName(name)}`;
      throw new BrokenError(
        `${memberOf(deployment)} has ${permission} on ${name}, by ${by ?? 'a policy above'}.`,
        removal(deployment, by),
      );
    },
  };
}

function removal(deployment: Deployment, by: string | undefined): string {
  const member = memberOf(deployment);
  const [, role, host, resource = ''] = /^(\S+) on \/\/([^.]+)\S*?\.com\/(\S+)$/.exec(by ?? '') ?? [];
  const flags = `--member=${member} --role=${role}`;
  if (host === 'storage') {
    const bucket = resource.split('/')[3];
    return `gcloud storage buckets remove-iam-policy-binding gs://${bucket} ${flags} --all`;
  }
  if (host === 'cloudkms') {
    const { project: owner, location, keyRing: ring, cryptoKey } = parseKeyName(deployment.declared.key);
    const where = `--location=${location} --project=${owner} ${flags}`;
    if (!resource.includes('/cryptoKeys/'))
      return `gcloud kms keyrings remove-iam-policy-binding ${ring} ${where}`;
    return `gcloud kms keys remove-iam-policy-binding ${cryptoKey} --keyring=${ring} ${where}`;
  }
  const { projectId } = deployment.declared;
  return `gcloud projects remove-iam-policy-binding ${projectId} ${flags} --all`;
}
