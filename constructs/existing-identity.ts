import { Construct } from 'constructs';
import type { RunIdentity } from './identity.ts';

/** A service account that exists already. */
export interface ExistingIdentityProps {
  /** Its email. The service's deployer must be allowed to act as it: `roles/iam.serviceAccountUser` on it. */
  readonly email: string;
}

/** A service account that somebody else made and keeps. */
export class ExistingIdentity extends Construct implements RunIdentity {
  readonly email: string;
  readonly resourceName: string;
  readonly member: string;

  constructor(scope: Construct, id: string, props: ExistingIdentityProps) {
    super(scope, id);
    this.email = props.email;
    this.resourceName = `projects/-/serviceAccounts/${props.email}`;
    this.member = `serviceAccount:${props.email}`;
  }
}
