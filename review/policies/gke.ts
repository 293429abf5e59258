import { type Arguments, argumentAt, blocks, isTrue, text } from '../facts/blocks.ts';
import { looksLikeSecretName } from '../facts/credentials.ts';
import { podContainers, podSpec, WORKLOAD_TYPE } from '../facts/gke.ts';
import type { ReviewedResource } from '../facts/resources.ts';
import { isDigest } from './image-digest.ts';
import type { DeploymentPolicy } from './policy.ts';
import { grantInWords, type ReviewedApp } from './reviewed-app.ts';
import { variablesOfCode } from './run.ts';
import { isLiteralSecret } from './secrets.ts';

/** Members that stand for many Kubernetes service accounts: a namespace, a cluster, or all of a pool. */
const MANY =
  /^principalSet:\/\/iam\.googleapis\.com\/|^group:[^/]+\.svc\.id\.goog:|\.svc\.id\.goog\[[^\]]*\*/;

/** How a workload is deployed on GKE, and who acts as its identity. */
export const gkePolicies: readonly DeploymentPolicy[] = [
  {
    id: 'gke-identity-exact',
    severity: 'error',
    reason:
      'A namespace, a cluster or a whole pool lets every workload in it act as the identity, the next one, too.',
    fix: 'Grant to one Kubernetes service account: serviceAccount:PROJECT.svc.id.goog[NAMESPACE/NAME].',
    violations: ({ access }) =>
      access
        .filter(({ principal }) => MANY.test(principal))
        .map((grant) => ({ at: grant, found: grantInWords(grant) })),
  },
  {
    id: 'gke-image-by-digest',
    severity: 'warning',
    reason: 'A tag can be moved after the review; a digest names just the image that was reviewed.',
    fix: 'Set the image to REPOSITORY/IMAGE@sha256:DIGEST; docker push prints the digest at its end.',
    violations: (app) =>
      workloads(app).flatMap((at) =>
        podContainers(at)
          .filter(({ image }) => !isDigest(image))
          .map(({ image }) => ({ at, found: `the image ${String(image)} is named without a digest` })),
      ),
  },
  {
    id: 'gke-code-of-image',
    severity: 'warning',
    reason:
      'What runs in a Pod decides who reads its secret: its image, and whatever is put before or beside it.',
    fix: 'Run one container in each Pod, its image as it was built: without command, args, such variables and whole ConfigMaps.',
    violations: (app) => workloads(app).flatMap((at) => otherCode(at).map((found) => ({ at, found }))),
  },
  {
    id: 'gke-pod-restricted',
    severity: 'error',
    reason: 'What breaks out of a container reads the secrets of every Pod on its node.',
    fix: 'Satisfy the restricted pod security standard: run_as_non_root, seccomp_profile RuntimeDefault, allow_privilege_escalation false, capabilities drop ALL, read_only_root_filesystem.',
    violations: (app) => workloads(app).flatMap((at) => confinementOf(at).map((found) => ({ at, found }))),
  },
  {
    id: 'gke-secret-not-in-environment',
    severity: 'error',
    reason:
      'Whoever may look at a Deployment or a ConfigMap sees what is in it, and so do the plan and the state.',
    fix: 'Put the value into the encrypted secret that the service reads.',
    violations: (app) => [
      ...workloads(app).flatMap((at) =>
        podContainers(at)
          .flatMap(({ env }) => blocks(env))
          .filter(({ name, value }) => looksLikeSecretName(String(name)) && isLiteralSecret(value))
          .map(({ name }) => ({ at, found: `the variable ${name} has a literal value, not shown here` })),
      ),
      ...app.resources
        .filter(({ type }) => /^kubernetes_(?:config_map|secret)(?:_v1)?(?:_data)?$/.test(type))
        .flatMap(secretsIn),
    ],
  },
];

function workloads({ resources }: ReviewedApp): ReviewedResource[] {
  return resources.filter(({ type }) => WORKLOAD_TYPE.test(type));
}

function otherCode(workload: ReviewedResource): string[] {
  const isFirst = (container: Arguments) => container === blocks(podSpec(workload).container)[0];
  return podContainers(workload).flatMap((container) => [
    ...(isFirst(container) ? [] : [`the container ${String(container.name)} runs beside the first`]),
    ...(['command', 'args', 'env_from'] as const)
      .filter((name) => container[name] !== undefined && blocksOrList(container[name]) > 0)
      .map((name) => `a container has ${name} of its own`),
    ...variablesOfCode(container),
  ]);
}

/** How many there are: a list of texts, or of blocks. */
function blocksOrList(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}

/** A Secret of Kubernetes is no less in clear for Terraform than a ConfigMap is. */
function secretsIn(at: ReviewedResource): { at: ReviewedResource; found: string }[] {
  const isSecret = at.type.startsWith('kubernetes_secret');
  const data = blocks(at.known.data)[0] ?? {};
  return Object.entries(data)
    .filter(([name, value]) => isSecret || (looksLikeSecretName(name) && isLiteralSecret(value)))
    .map(([name]) => ({ at, found: `${name} is written in clear into the state, not shown here` }));
}

/** What a workload's Pods may do that they need not. */
function confinementOf(workload: ReviewedResource): string[] {
  const spec = podSpec(workload);
  const pod = blocks(spec.security_context)[0] ?? {};
  const host = ['host_network', 'host_pid', 'host_ipc'].filter((name) => isTrue(spec[name]));
  return [
    ...host.map((name) => `its Pods have ${name}`),
    ...(spec.automount_service_account_token === false
      ? []
      : ['a token for the API server is mounted into its Pods']),
    ...podContainers(workload).flatMap((container) => freedomsOf(container, pod)),
  ];
}

function freedomsOf({ name, security_context }: Arguments, pod: Arguments): string[] {
  const own = blocks(security_context)[0] ?? {};
  const seccomp = text(
    argumentAt(own, 'seccomp_profile', 'type') ?? argumentAt(pod, 'seccomp_profile', 'type'),
  );
  const dropped = argumentAt(own, 'capabilities', 'drop');
  const found = [
    ...(isTrue(own.privileged) ? ['is privileged'] : []),
    ...(own.allow_privilege_escalation === false ? [] : ['may gain privileges']),
    ...(isTrue(own.run_as_non_root ?? pod.run_as_non_root) ? [] : ['may run as root']),
    ...(isTrue(own.read_only_root_filesystem) ? [] : ['may write to its image']),
    ...(Array.isArray(dropped) && dropped.includes('ALL') ? [] : ['has capabilities']),
    ...(seccomp === 'RuntimeDefault' || seccomp === 'Localhost' ? [] : ['may make every system call']),
  ];
  return found.map((what) => `the container ${String(name)} ${what}`);
}
