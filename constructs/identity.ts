import { Token } from 'cdktf';
import { Construct } from 'constructs';

/** Whoever a grant can be made to: an identity of this package, a provider's service account, or any text. */
export interface Identity {
  /** The principal as IAM policies write it, e.g. `serviceAccount:EMAIL` or `group:EMAIL`. */
  readonly member: string;
  /** What stands for it in the ids of grants: of a service account, the part of its email before the @. */
  readonly accountId?: string;
}

/** A service account that a service can run as. */
export interface RunIdentity extends Identity {
  readonly email: string;
  /** `projects/PROJECT/serviceAccounts/EMAIL`, or with `-` in place of the project. */
  readonly resourceName: string;
}

/**
 * A name for the identity in the ids of its grants: the same at each synthesis, and another for each identity of a
 * stack. An email gives its part before the @; one that Terraform learns later, the path of its construct.
 *
 * @throws Error when the member is only known to Terraform and belongs to no construct
 */
export function nameOf(identity: Identity): string {
  const { accountId } = identity;
  if (accountId !== undefined && !Token.isUnresolved(accountId)) return accountId;
  if (!Token.isUnresolved(identity.member)) {
    const [, account = identity.member] = identity.member.match(/^serviceAccount:([^@]+)@/) ?? [];
    return account.replaceAll(/[^a-zA-Z0-9._-]/g, '-');
  }
  if (Construct.isConstruct(identity)) return identity.node.path.split('/').slice(1).join('-');
  throw new Error(
    'A grant is named after its identity, and this member is known only when it is deployed. Grant to the construct ' +
      'of the service account, or to an ExistingIdentity of its email.',
  );
}
