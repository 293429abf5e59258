import { grantCommand, parseKeyName, quoteWords } from '@cloud-run-identity/secrets';
import type { DeclaredService } from '../secret/services.ts';
import { BrokenError, type Check, NotProvenError } from './check.ts';
import { bucketName, type Deployment, memberOf, objectName, shortName } from './deployment.ts';
import { type Access, accessOf, holdsFor } from './troubleshooter.ts';

/** What the service needs: a permission on a resource, the roles that bring it here, and the command that grants it. */
interface Need {
  readonly permission: 'storage.objects.get' | 'cloudkms.cryptoKeyVersions.useToDecrypt';
  /** Full resource name. */
  readonly resource: string;
  readonly roles: readonly string[];
  readonly grant: string;
}

/** Whether the identity may decrypt with the key. */
export const decryptGrant: Check = {
  name: 'decrypt grant',
  look: (deployment) => {
    const { key } = deployment.declared;
    const permission = 'cloudkms.cryptoKeyVersions.useToDecrypt';
    return checkGrant(deployment, {
      permission,
      resource: `//cloudkms.googleapis.com/${key}`,
      roles: ['roles/cloudkms.cryptoKeyDecrypter', 'roles/cloudkms.cryptoKeyEncrypterDecrypter'],
      grant: grantCommand({ permission, key }, memberOf(deployment)),
    });
  },
};

/** Whether the identity may read the object. */
export const readGrant: Check = {
  name: 'read grant',
  look: (deployment) => {
    const { bucket, object } = deployment.declared;
    const permission = 'storage.objects.get';
    return checkGrant(deployment, {
      permission,
      resource: objectName(deployment.declared),
      roles: ['roles/storage.objectViewer', 'roles/storage.legacyObjectReader', 'roles/storage.objectUser'],
      grant: grantCommand({ permission, bucket, object }, memberOf(deployment)),
    });
  },
};

async function checkGrant(deployment: Deployment, need: Need): Promise<string> {
  const access = await accessOf(deployment, need.permission, need.resource);
  const [role, policy] = access.by?.split(' on ') ?? [];
  if (access.isGranted) {
    return `${need.permission} by ${role && policy ? `${role} on ${shortName(policy)}` : 'a policy above'}`;
  }
  if (access.isGranted === undefined) throw notTold(deployment, need.permission, need.resource, access.open);
  const lacks = `${memberOf(deployment)} lacks ${need.permission} on ${need.resource}`;
  const { reason, fix } = reasonOf(access, memberOf(deployment), need);
  throw new BrokenError(`${lacks}${reason}.`, fix ?? need.grant);
}

/** Why nothing grants it, as far as the written policies tell. */
function reasonOf({ bindings }: Access, member: string, need: Need): { reason: string; fix?: string } {
  const related = bindings.filter(({ role }) => need.roles.includes(role));
  const own = related.filter(({ members }) => members.includes(member));
  const fitting = own.find(({ condition }) => !condition || holdsFor(condition, need.resource));
  if (fitting) {
    return {
      reason: `, although ${fitting.role} has been granted: the grant has not taken effect yet, which takes two minutes as a rule and seven or more at times`,
      fix: 'wait, then npx cloud-run-identity doctor again',
    };
  }
  const [other] = own;
  if (other)
    return { reason: `: its grant of ${other.role} is for something else (${other.condition?.expression})` };
  if (related.length > 0) {
    return {
      reason: ': the grant is that of an earlier service account of the same name, which was deleted',
    };
  }
  return { reason: '' };
}

/** Google shows a policy only to those who may see it, and answers the others that it does not know. */
function notTold(
  { declared }: Deployment,
  permission: string,
  resource: string,
  open: readonly string[],
): NotProvenError {
  return new NotProvenError(
    `Google does not tell you whether it has ${permission} on ${shortName(resource)}. Not known to you: ` +
      `${open.join('; ')}. Security Reviewer on the organization shows every policy; who is in a group, only an ` +
      'administrator of Google Workspace sees; what depends on tags, nobody is told here.',
    quoteWords([
      ...['gcloud', 'projects', 'get-ancestors-iam-policy', declared.projectId, '--include-deny'],
      '--format=yaml',
    ]),
  );
}

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

/** Whether the policy is exact: nothing of a list of what the identity must not have. */
export const forbiddenAccess: readonly Check[] = FORBIDDEN.map(({ claim, permission, resource }) => ({
  name: `its identity cannot ${claim}`,
  look: async (deployment) => {
    const name = resource(deployment.declared);
    const { isGranted, by, open } = await accessOf(deployment, permission, name);
    if (isGranted === false) return `no ${permission} on ${shortName(name)}`;
    if (isGranted === undefined) throw notTold(deployment, permission, name, open);
    throw new BrokenError(
      `${memberOf(deployment)} has ${permission} on ${name}, by ${by ?? 'a policy above'}.`,
      removal(deployment, by),
    );
  },
}));

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
