import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1/index.js';
import type { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import type { Identity, RunIdentity } from '../identity.ts';
import { noteReason } from '../review-notes.ts';
import { ROLES } from '../roles.ts';
import type { GkeNamespace } from './namespace.ts';

/** A Kubernetes service account to make. */
export interface KubernetesIdentityProps {
  /** Its name, a DNS subdomain. */
  readonly name: string;
  readonly namespace: GkeNamespace;
  /** Project of the cluster: its workload identity pool is `PROJECT.svc.id.goog`. */
  readonly clusterProjectId: string;
  /**
   * The service account of Google's that it acts as.
   * @default none: grants then name the Kubernetes service account itself, see {@link kubernetesPrincipal}
   */
  readonly actsAs?: RunIdentity;
}

/**
 * Step 1 of the article on GKE: a Kubernetes service account that one workload runs as, with a service account of
 * Google's that it acts as. Clusters of one project share its pool: the same namespace and name in another of them is
 * the same identity.
 * https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
 */
export class KubernetesIdentity extends Construct {
  /** Name of the namespace. */
  readonly namespace: string;
  /** The namespace's name as Terraform knows it once it is made. */
  readonly namespaceReference: string;
  /** The account's name as Terraform knows it once it is made. */
  readonly serviceAccountReference: string;
  /** What Pods need before they start: the right to act as the service account. */
  readonly grants: readonly TerraformResource[];

  constructor(scope: Construct, id: string, props: KubernetesIdentityProps) {
    super(scope, id);
    const { name, namespace, clusterProjectId, actsAs } = props;
    const account = new ServiceAccountV1(this, 'Default', {
      metadata: {
        name,
        namespace: namespace.reference,
        labels: { app: name },
        ...(actsAs && { annotations: { 'iam.gke.io/gcp-service-account': actsAs.email } }),
      },
      automountServiceAccountToken: false,
    });
    this.namespace = namespace.namespaceName;
    this.namespaceReference = namespace.reference;
    this.serviceAccountReference = account.metadata.name;
    if (actsAs) noteReason(this, ROLES.workloadIdentityUser);
    this.grants = actsAs
      ? [
          new ServiceAccountIamMember(this, 'workload-identity', {
            serviceAccountId: actsAs.resourceName,
            role: ROLES.workloadIdentityUser.name,
            member: `serviceAccount:${clusterProjectId}.svc.id.goog[${namespace.namespaceName}/${name}]`,
          }),
        ]
      : [];
  }
}

/**
 * Names a Kubernetes service account for grants of its own. It has no email: a perimeter of VPC Service Controls does
 * not know it, and it signs no identity tokens.
 *
 * @param account the cluster's project by id and number, the namespace and the account's name
 */
export function kubernetesPrincipal(account: {
  readonly clusterProjectId: string;
  readonly clusterProjectNumber: string;
  readonly namespace: string;
  readonly name: string;
}): Identity {
  const { clusterProjectId, clusterProjectNumber, namespace, name } = account;
  const pool = `projects/${clusterProjectNumber}/locations/global/workloadIdentityPools/${clusterProjectId}.svc.id.goog`;
  return {
    accountId: name,
    member: `principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${name}`,
  };
}
