import { DataGoogleContainerCluster } from '@cdktf/provider-google/lib/data-google-container-cluster/index.js';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider/index.js';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';

/** A cluster that exists already, with workload identity. */
export interface GkeClusterProps {
  readonly projectId: string;
  /** A region or a zone. */
  readonly location: string;
  readonly name: string;
  /**
   * A context of the kubeconfig that the environment variable KUBE_CONFIG_PATH names, instead of what Google says of
   * the cluster: for one that is reached through a proxy or a fleet.
   * @default none: address and certificate are Google's answer, credentials gke-gcloud-auth-plugin's
   */
  readonly kubeContext?: string;
}

/**
 * Where Kubernetes objects go. Whoever deploys is known to the cluster by gke-gcloud-auth-plugin, which Terraform runs:
 * no token is in the synthesized JSON, the plan or the state.
 */
export class GkeCluster extends Construct {
  readonly projectId: string;

  constructor(scope: Construct, id: string, props: GkeClusterProps) {
    super(scope, id);
    const { projectId, location, name, kubeContext } = props;
    this.projectId = projectId;
    new KubernetesProvider(this, 'kubernetes', {
      // What GKE writes on its own would be a change in each next plan.
      ignoreAnnotations: ['^autopilot\\.gke\\.io\\/.*', '^cloud\\.google\\.com\\/.*'],
      ...(kubeContext === undefined
        ? connection(new DataGoogleContainerCluster(this, 'Default', { project: projectId, location, name }))
        : { configContext: kubeContext }),
    });
  }
}

function connection(cluster: DataGoogleContainerCluster) {
  return {
    host: `https://${cluster.endpoint}`,
    clusterCaCertificate: Fn.base64decode(cluster.masterAuth.get(0).clusterCaCertificate),
    exec: [{ apiVersion: 'client.authentication.k8s.io/v1beta1', command: 'gke-gcloud-auth-plugin' }],
  };
}
