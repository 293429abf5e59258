import { grantCommand } from '@cloud-run-identity/secrets';
import { type Access, accessOf, holdsFor } from '../access.ts';
import { BrokenError } from '../broken.ts';
import { type Deployment, memberOf, objectName, shortName } from '../deployment.ts';
import type { Link } from '../doctor.ts';

/** What the service needs: a permission on a resource, the roles that bring it here, and the command that grants it. */
interface Need {
  readonly permission: 'storage.objects.get' | 'cloudkms.cryptoKeyVersions.useToDecrypt';
  /** Full resource name. */
  readonly resource: string;
  readonly roles: readonly string[];
  readonly grant: string;
}

/** Whether the identity may decrypt with the key. */
export const decryptGrantLink: Link = {
  name: 'decrypt grant',
  check: (deployment) => {
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
export const readGrantLink: Link = {
  name: 'read grant',
  check: (deployment) => {
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
      fix: 'wait, then npm run secrets -- doctor again',
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
