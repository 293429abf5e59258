import { Construct } from 'constructs';
import type { Platform } from '../platform.ts';
import { GkeCluster, type GkeClusterProps } from './cluster.ts';
import { GkeService } from './gke-service.ts';
import { KubernetesIdentity } from './kubernetes-identity.ts';
import { GkeNamespace } from './namespace.ts';

/** A cluster, for the services of a stack that run on it: each in a namespace. */
export class GkePlatform extends Construct {
  readonly #cluster: GkeCluster;
  readonly #namespaces = new Map<string, GkeNamespace>();

  constructor(scope: Construct, id: string, props: GkeClusterProps) {
    super(scope, id);
    this.#cluster = new GkeCluster(this, 'cluster', props);
  }

  /** Where services of that namespace run; the namespace is made when a service is the first in it. */
  in(namespaceName: string): Platform {
    const clusterProjectId = this.#cluster.projectId;
    const namespaceOf = () => this.#namespace(namespaceName);
    return {
      addService(scope, id, { identity: actsAs, minInstances, maxInstances, ...props }) {
        const { name } = props;
        const identity = new KubernetesIdentity(scope, `${id}-identity`, {
          name,
          namespace: namespaceOf(),
          clusterProjectId,
          actsAs,
        });
        return new GkeService(scope, id, {
          ...props,
          identity,
          minReplicas: minInstances,
          maxReplicas: maxInstances,
          egress: telemetryEgress(props.environment),
        });
      },
    };
  }

  #namespace(name: string): GkeNamespace {
    const namespace = this.#namespaces.get(name) ?? new GkeNamespace(this, `namespace-${name}`, { name });
    this.#namespaces.set(name, namespace);
    return namespace;
  }
}

/** Lets telemetry through to where it is to go: the collector's port, as its address is known to DNS only. */
function telemetryEgress({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Readonly<Record<string, string>>) {
  if (endpoint === undefined) return [];
  const { port, protocol } = new URL(endpoint);
  return [{ cidr: '0.0.0.0/0', ports: [Number(port || (protocol === 'https:' ? 443 : 80))] }];
}

/** Makes the platform of a {@link ServiceStack}: what its property `gke` takes. */
export function gkePlatform(scope: Construct, props: GkeClusterProps): GkePlatform {
  return new GkePlatform(scope, 'gke', props);
}
