/** What runs a service on GKE instead of Cloud Run; needs the package @cdktf/provider-kubernetes. */
export { GkeCluster, type GkeClusterProps } from './cluster.ts';
export { GkeService, type GkeServiceProps } from './gke-service.ts';
export {
  KubernetesIdentity,
  type KubernetesIdentityProps,
  kubernetesPrincipal,
} from './kubernetes-identity.ts';
export { GkeNamespace, type GkeNamespaceProps } from './namespace.ts';
export { GkePlatform, gkePlatform } from './platform.ts';
