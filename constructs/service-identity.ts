import { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { RunIdentity } from './identity.ts';

/** A service account to make. */
export interface ServiceIdentityProps {
  /** The part of the email before the @: 6 to 30 characters. */
  readonly accountId: string;
  /** What Google's console shows beside the email: up to 100 characters. */
  readonly displayName: string;
  /** @default the provider's project */
  readonly projectId?: string;
  /** @default nothing */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Step 1 of the article: a service account that one Cloud Run service runs as. It starts without any
 * permission, and no role on the project is ever granted to it: only the resources that it needs name it.
 */
export class ServiceIdentity extends Construct implements RunIdentity {
  /** The part of the email before the @. */
  readonly accountId: string;
  /** `ACCOUNT_ID@PROJECT.iam.gserviceaccount.com`, known to Terraform once the account exists. */
  readonly email: string;
  /** Full resource name, known to Terraform once the account exists. */
  readonly resourceName: string;
  /** The same principal as IAM policies write it: `serviceAccount:EMAIL`. */
  readonly member: string;

  constructor(scope: Construct, id: string, props: ServiceIdentityProps) {
    super(scope, id);
    const account = new ServiceAccount(this, 'Default', {
      accountId: props.accountId,
      displayName: props.displayName,
      project: props.projectId,
      dependsOn: props.dependsOn,
      // What runs keeps its identity until the next revision is ready.
      lifecycle: { createBeforeDestroy: true },
    });
    this.accountId = props.accountId;
    this.email = account.email;
    this.resourceName = account.name;
    this.member = `serviceAccount:${account.email}`;
  }
}
