import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1/index.js';
import type { TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';

/** What a workload may connect to besides DNS and the metadata server. */
export interface NetworkAccess {
  /**
   * Where Google's APIs are, as CIDR ranges. With Private Google Access they are 199.36.153.8/30, with a perimeter of
   * VPC Service Controls 199.36.153.4/30, with Private Service Connect the endpoint's own address.
   * @default everything but private and link-local addresses
   */
  readonly googleApiRanges?: readonly string[];
  /**
   * What the app itself connects to, such as its database: ranges and TCP ports.
   * @default nothing
   */
  readonly egress?: readonly { readonly cidr: string; readonly ports: readonly number[] }[];
}

/** Name and labels of the objects of one workload. */
export interface WorkloadMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: { readonly app: string };
}

/** Private, shared and link-local addresses (RFC 1918, 6598, 3927): Google's APIs are at none of them. */
const NOT_PUBLIC = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/**
 * Lets requests in at the service's port, and out only what the workload needs: GKE's metadata server, DNS, Google's
 * APIs, and what the app asks for.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity
 *
 * @returns the policy, for the Pods to come after it
 */
export function addNetworkPolicy(
  scope: Construct,
  metadata: WorkloadMetadata,
  access: NetworkAccess,
): TerraformResource {
  const { googleApiRanges, egress = [] } = access;
  return new NetworkPolicyV1(scope, 'network-policy', {
    metadata,
    spec: {
      podSelector: { matchLabels: metadata.labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [tcp('http')] }],
      egress: [
        // The metadata server, where it is with GKE Dataplane V2 and without.
        { to: [range('169.254.169.252/32')], ports: [tcp('988'), tcp('987')] },
        { to: [range('169.254.169.254/32')], ports: [tcp('80'), tcp('8080')] },
        // DNS is a Pod of the cluster or an address of the node.
        { ports: [{ protocol: 'UDP', port: '53' }, tcp('53')] },
        {
          to: googleApiRanges?.map((cidr) => range(cidr)) ?? [range('0.0.0.0/0', NOT_PUBLIC)],
          ports: [tcp('443')],
        },
        ...egress.map(({ cidr, ports }) => ({
          to: [range(cidr)],
          ports: ports.map((port) => tcp(String(port))),
        })),
      ],
    },
  });
}

function tcp(port: string) {
  return { protocol: 'TCP', port };
}

function range(cidr: string, except?: string[]) {
  return { ipBlock: { cidr, ...(except && { except }) } };
}
