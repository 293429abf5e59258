import { isUnknown } from '../terraform/values.ts';
import { type Arguments, argumentAt, blocks, text } from './blocks.ts';
import type { BeyondStacks, Service } from './model.ts';
import type { ReviewedResource } from './resources.ts';

/** What of Kubernetes runs Pods. */
export const WORKLOAD_TYPE =
  /^kubernetes_(?:deployment|stateful_set|daemon_set|daemonset|replication_controller|pod|job|cron_job)(?:_v1)?$/;

/** The annotation by which a Kubernetes service account acts as one of Google's. */
const ACTS_AS = 'iam.gke.io/gcp-service-account';

/** The containers of a workload's Pods, those that run first included. */
export function podContainers(workload: ReviewedResource): Arguments[] {
  const spec = podSpec(workload);
  return [...blocks(spec.init_container), ...blocks(spec.container)];
}

/** The spec of a workload's Pods. */
export function podSpec({ known }: ReviewedResource): Arguments {
  const template = argumentAt(known, 'spec', 'template', 'spec');
  return blocks(template ?? known.spec)[0] ?? {};
}

/** `namespaces/NAMESPACE/deployments/NAME`: in whichever cluster it is. */
export function workloadName({ known, address }: ReviewedResource): string {
  const metadata = blocks(known.metadata)[0] ?? {};
  const namespace = named(metadata.namespace) ?? 'default';
  return `namespaces/${namespace}/deployments/${text(metadata.name) ?? address}`;
}

/**
 * Whether a principal is what a service runs as: its identity, or for a workload on GKE the Kubernetes service account
 * of its name, which acts as that.
 */
export function runsAs({ name, identity }: Pick<Service, 'name' | 'identity'>, principal: string): boolean {
  if (principal === identity) return true;
  const [, namespace, own] = /^namespaces\/([^/]+)\/deployments\/([^/]+)$/.exec(name) ?? [];
  return (
    own !== undefined &&
    (principal.endsWith(`.svc.id.goog[${namespace}/${own}]`) ||
      principal.endsWith(`.svc.id.goog/subject/ns/${namespace}/sa/${own}`))
  );
}

/** The email of the service account that a workload acts as; undefined where the stacks do not say. */
export function workloadAccount(workload: ReviewedResource, resources: readonly ReviewedResource[]): unknown {
  const account = podSpec(workload).service_account_name;
  const own = resources.find(
    ({ type, stack, address, known }) =>
      /^kubernetes_service_account(?:_v1)?$/.test(type) &&
      stack === workload.stack &&
      (isUnknown(account)
        ? account.text.includes(`${address}.`)
        : text(blocks(known.metadata)[0]?.name) === account),
  );
  return own && blocks(blocks(own.known.metadata)[0]?.annotations)[0]?.[ACTS_AS];
}

/** A namespace that is made here stands in a reference. */
function named(value: unknown): string | undefined {
  if (!isUnknown(value)) return text(value);
  return value.sameAs ?? value.text.replace(/^\$\{|\}$/g, '');
}

/** Who reads the secret of a workload although no grant of these stacks says so. */
export const BEYOND_GKE: readonly BeyondStacks[] = [
  {
    who:
      'Whoever may create Pods, or change Deployments, in the namespace of the workload (roles/container.developer, ' +
      'Kubernetes roles), or open a shell in one (pods/exec), in any cluster of the project',
    can:
      'run code as the Kubernetes service account, and so as the service’s identity, that reads and decrypts. Clusters ' +
      'of one project share their identities: the same namespace and name in another cluster is the same one.',
    readsSecret: true,
  },
  {
    who: 'Whoever administers the nodes of the cluster',
    can: 'read the memory of its Pods.',
    readsSecret: true,
  },
];
