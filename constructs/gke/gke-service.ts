import { DeploymentV1 } from '@cdktf/provider-kubernetes/lib/deployment-v1/index.js';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1/index.js';
import type { ITerraformDependable, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { CONTAINER_PORT, livenessProbe, readinessProbe, startupProbe } from '../probes.ts';
import { addAvailability } from './availability.ts';
import type { KubernetesIdentity } from './kubernetes-identity.ts';
import { addNetworkPolicy, type NetworkAccess } from './network-policy.ts';

/** A workload to deploy. */
export interface GkeServiceProps extends NetworkAccess {
  /** A DNS label: up to 63 characters. */
  readonly name: string;
  /** Full image reference, by digest wherever it can be. */
  readonly image: string;
  /** Who the workload runs as; it also says in which namespace. */
  readonly identity: KubernetesIdentity;
  /** Environment of the container. Not the place for a secret: whoever may read Deployments reads it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the first Pod needs in order to start: its grants and its config. */
  readonly dependsOn: readonly ITerraformDependable[];
  /** CPUs of one Pod, as Kubernetes writes them. @default '500m' */
  readonly cpu?: string;
  /** Memory of one Pod, as Kubernetes writes it. @default '512Mi' */
  readonly memory?: string;
  /** Pods that there are at least; two, so that a node may go. @default 2 */
  readonly minReplicas?: number;
  /** Pods that there may be at most. @default 3 */
  readonly maxReplicas?: number;
}

/** The user of distroless images: any but root, https://github.com/GoogleContainerTools/distroless. */
const NONROOT_USER = '65532';

/**
 * How long a rollout may take. A Pod has 240 seconds to read and decrypt its secret, then it is started again: two
 * grants of IAM, one after the other, may take longer than that to arrive.
 */
const ROLLOUT_SECONDS = 600;

/**
 * Step 7 of the article on GKE: a Deployment that runs as its own identity. Terraform waits until every Pod of the new
 * revision is ready, and a Pod is ready only when it has read and decrypted its secret; until then the Pods before it
 * go on. It satisfies the `restricted` pod security standard
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted).
 */
export class GkeService extends Construct {
  /** Address inside the cluster, `http://NAME.NAMESPACE.svc.cluster.local`. Nothing outside reaches it. */
  readonly url: string;
  /** The Deployment, for what has to come after it. */
  readonly resource: TerraformResource;

  constructor(scope: Construct, id: string, props: GkeServiceProps) {
    super(scope, id);
    const { name, identity } = props;
    const labels = { app: name };
    const metadata = { name, namespace: identity.namespaceReference, labels };
    const { maxReplicas = 3 } = props;
    const { minReplicas = Math.min(2, maxReplicas) } = props;
    const policy = addNetworkPolicy(this, metadata, props);
    const deployment = new DeploymentV1(this, 'Default', {
      metadata,
      spec: {
        // At first; then the autoscaler's number, see below.
        replicas: String(minReplicas),
        progressDeadlineSeconds: ROLLOUT_SECONDS,
        revisionHistoryLimit: 10,
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '0', maxSurge: '1' } },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: identity.serviceAccountReference,
            // Google's APIs are asked with the token of the metadata server; nothing here asks Kubernetes.
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 15,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: NONROOT_USER,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            topologySpreadConstraint: [
              {
                maxSkew: 1,
                topologyKey: 'topology.kubernetes.io/zone',
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: [{ matchLabels: labels }],
              },
            ],
            container: [container(props)],
          },
        },
      },
      waitForRollout: true,
      timeouts: { create: '15m', update: '15m' },
      lifecycle: {
        ignoreChanges: [
          'spec[0].replicas',
          // Autopilot adds the one of the node's architecture.
          'spec[0].template[0].spec[0].toleration',
        ],
      },
      dependsOn: [...identity.grants, policy, ...props.dependsOn],
    });
    new ServiceV1(this, 'service', {
      metadata,
      spec: {
        type: 'ClusterIP',
        selector: labels,
        port: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' }],
      },
    });
    addAvailability(this, metadata, { minReplicas, maxReplicas });
    this.url = `http://${name}.${identity.namespace}.svc.cluster.local`;
    this.resource = deployment;
  }
}

function container(props: GkeServiceProps) {
  // Limits as requests, and storage among them: what Autopilot would otherwise fill in, as a change in each next plan.
  const resources = { cpu: props.cpu ?? '500m', memory: props.memory ?? '512Mi', 'ephemeral-storage': '1Gi' };
  return {
    name: 'service',
    image: props.image,
    imagePullPolicy: 'IfNotPresent',
    env: [
      ...Object.entries(props.environment).map(([name, value]) => ({ name, value })),
      { name: 'PORT', value: String(CONTAINER_PORT) },
      // As Cloud Run's K_SERVICE and K_REVISION; a Pod's name holds the revision's hash.
      fromPod('SERVICE_NAME', "metadata.labels['app']"),
      fromPod('SERVICE_REVISION', 'metadata.name'),
    ],
    port: [{ name: 'http', containerPort: CONTAINER_PORT, protocol: 'TCP' }],
    resources: { requests: resources, limits: resources },
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      // Here, too: the provider would write `false`, which wins over the Pod's.
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    },
    startupProbe: kubernetesProbe(startupProbe),
    readinessProbe: kubernetesProbe(readinessProbe),
    livenessProbe: kubernetesProbe(livenessProbe),
  };
}

function fromPod(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

type Probe = typeof startupProbe | typeof readinessProbe | typeof livenessProbe;

function kubernetesProbe({ httpGet, ...probe }: Probe) {
  return {
    ...probe,
    successThreshold: 1,
    httpGet: { ...httpGet, port: String(httpGet.port), scheme: 'HTTP' },
  };
}
