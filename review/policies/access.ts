import { written } from '../terraform/values.ts';
import type { DeploymentPolicy } from './policy.ts';
import { isInvocation, isPublic, publicEntrances } from './public-access.ts';
import { grantInWords } from './reviewed-app.ts';

/** Access control lists, from before IAM, https://cloud.google.com/storage/docs/access-control/lists. */
const ACL_TYPE = /^google_storage_.*(?:_acl|_access_control)$/;

/** Their public entries and their predefined public lists. */
const PUBLIC_IN_ACL = /\ball(?:Authenticated)?Users\b|"(?:public|authenticated)Read/;

/** Who may be given access at all, and how. */
export const accessPolicies: readonly DeploymentPolicy[] = [
  {
    id: 'access-no-public-principal',
    severity: 'error',
    reason: 'Nobody outside the project may reach a key, a bucket, a repository or the project itself.',
    fix: 'Name the group, user or service account that needs the access, in place of allUsers or allAuthenticatedUsers.',
    violations: ({ access, resources }) => [
      ...access
        .filter((grant) => isPublic(grant) && !isInvocation(grant))
        .map((grant) => ({ at: grant, found: grantInWords(grant) })),
      ...resources
        .filter(
          ({ type, known }) => ACL_TYPE.test(type) && PUBLIC_IN_ACL.test(JSON.stringify(written(known))),
        )
        .map((at) => ({ at, found: 'an access control list opens it to the public' })),
    ],
  },
  {
    id: 'access-public-only-when-asked',
    severity: 'error',
    reason: 'A service is open to the internet only when somebody says that it is meant to be.',
    fix: 'Name this service among those that are meant to be public, or remove what makes it so.',
    violations: (app) =>
      publicEntrances(app)
        .filter(({ service }) => !app.publicServices.has(service))
        .map(({ at, service, how }) => ({
          at,
          found: `${how} opens ${service}, which is not meant to be public`,
        })),
  },
  {
    id: 'access-public-never-revealed',
    severity: 'error',
    reason: 'A public page that shows its values gives the secret to everyone.',
    fix: 'Let the page mask its values, PAGE_VALUES, or let only named principals open it.',
    violations: (app) => {
      const revealing = app.services.filter(({ facts }) => facts.pageValues === 'revealed');
      const names = new Set(revealing.map(({ facts }) => facts.name));
      return publicEntrances(app)
        .filter(({ service }) => names.has(service))
        .map(({ at, service, how }) => ({
          at,
          found: `${how} opens ${service}, whose PAGE_VALUES is "revealed"`,
        }));
    },
  },
  {
    id: 'access-additive-grants',
    severity: 'error',
    reason: 'A grant that replaces a whole binding, policy or list removes, unseen, what others granted.',
    fix: 'Use the resource type that ends in _iam_member: it adds one principal and leaves all others alone.',
    violations: ({ resources }) =>
      resources
        .filter(({ type }) => /_iam_(?:binding|policy)$/.test(type) || ACL_TYPE.test(type))
        .map((at) => ({ at, found: `${at.type} is authoritative` })),
  },
];
