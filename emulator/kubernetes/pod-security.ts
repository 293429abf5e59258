import type { Fields } from './objects.ts';

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type SecurityLevel = 'privileged' | 'baseline' | 'restricted';

/** The label of a namespace that says which Pods are refused. */
export const ENFORCE_LABEL = 'pod-security.kubernetes.io/enforce';
/** The label of a namespace that says of which Pods a client is warned. */
export const WARN_LABEL = 'pod-security.kubernetes.io/warn';

/** What a Pod of this spec violates, in the words of the API server, in its order. */
export function violations(level: SecurityLevel, spec: Fields): string[] {
  if (level === 'privileged') return [];
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])] as Fields[];
  return [...baseline(spec, containers), ...(level === 'restricted' ? restricted(spec, containers) : [])];
}

/** Why a Pod, or the template of one, is not let in; undefined when it is. */
export function violationMessage(level: SecurityLevel, spec: Fields): string | undefined {
  const found = violations(level, spec);
  return found.length === 0 ? undefined : `violates PodSecurity "${level}:latest": ${found.join(', ')}`;
}

const HOST = ['hostNetwork', 'hostPID', 'hostIPC'];

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline, of what a workload may set. */
function baseline(spec: Fields, containers: readonly Fields[]): string[] {
  const added = (container: Fields) =>
    (container.securityContext?.capabilities?.add ?? []).filter(
      (name: string) => name !== 'NET_BIND_SERVICE',
    );
  const privileged = containers.filter(({ securityContext }) => securityContext?.privileged === true);
  const withHostPort = containers.filter(({ ports }) => ports?.some((port: Fields) => port.hostPort));
  const host = HOST.filter((name) => spec[name] === true);
  const hostPaths = (spec.volumes ?? []).filter((volume: Fields) => volume.hostPath);
  return [
    ...(host.length > 0 ? [`host namespaces (${host.map((name) => `${name}=true`).join(', ')})`] : []),
    ...(privileged.length > 0
      ? [`privileged (${named(privileged)} must not set securityContext.privileged=true)`]
      : []),
    ...containers
      .filter((container) => added(container).length > 0)
      .map(
        (container) =>
          `non-default capabilities (${named([container])} must not include ${added(container)
            .map((name: string) => JSON.stringify(name))
            .join(', ')} in securityContext.capabilities.add)`,
      ),
    ...(hostPaths.length > 0
      ? [
          `hostPath volumes (${hostPaths.map(({ name }: Fields) => `volume ${JSON.stringify(name)}`).join(', ')})`,
        ]
      : []),
    ...(withHostPort.length > 0 ? [`hostPort (${named(withHostPort)} uses hostPort)`] : []),
  ];
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
function restricted(spec: Fields, containers: readonly Fields[]): string[] {
  const pod = spec.securityContext ?? {};
  const where = (holds: (context: Fields) => boolean) =>
    containers.filter(({ securityContext = {} }) => !holds(securityContext));
  const escalating = where((context) => context.allowPrivilegeEscalation === false);
  const capable = where(({ capabilities }) => capabilities?.drop?.includes('ALL'));
  const root = where((context) => (context.runAsNonRoot ?? pod.runAsNonRoot) === true);
  const asRoot = where((context) => (context.runAsUser ?? pod.runAsUser) !== 0);
  const types = ['RuntimeDefault', 'Localhost'];
  const unconfined = where((context) =>
    types.includes(context.seccompProfile?.type ?? pod.seccompProfile?.type),
  );
  return [
    ...(escalating.length > 0
      ? [
          `allowPrivilegeEscalation != false (${named(escalating)} must set securityContext.allowPrivilegeEscalation=false)`,
        ]
      : []),
    ...(capable.length > 0
      ? [`unrestricted capabilities (${named(capable)} must set securityContext.capabilities.drop=["ALL"])`]
      : []),
    ...(root.length > 0 ? [`runAsNonRoot != true (${nonRoot(root, pod)})`] : []),
    ...(asRoot.length > 0
      ? [`runAsUser=0 (${pod.runAsUser === 0 ? 'pod' : named(asRoot)} must not set runAsUser=0)`]
      : []),
    ...(unconfined.length > 0
      ? [
          `seccompProfile (pod or ${named(unconfined)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
        ]
      : []),
  ];
}

/** A container that says `false` wins over its Pod, and is what has to change. */
function nonRoot(containers: readonly Fields[], pod: Fields): string {
  const saidNo = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (saidNo.length > 0 && pod.runAsNonRoot === true) {
    return `${named(saidNo)} must not set securityContext.runAsNonRoot=false`;
  }
  return `pod or ${named(containers)} must set securityContext.runAsNonRoot=true`;
}

function named(containers: readonly Fields[]): string {
  const names = containers.map(({ name }) => JSON.stringify(name));
  return `container${names.length > 1 ? 's' : ''} ${names.join(', ')}`;
}
