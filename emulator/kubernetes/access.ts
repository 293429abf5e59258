import type { Principal } from '../iam/principal.ts';
import { emailOf } from '../iam/principal.ts';
import { type CloudState, decide, projectResource } from '../state.ts';
import { detailsOf, KubernetesError, resourceName } from './errors.ts';
import type { Kind } from './kinds.ts';

/** What is asked, in Kubernetes' words. */
export interface Attempt {
  readonly principal: Principal;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string;
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly url?: string | undefined;
}

/** GKE's permission names, https://cloud.google.com/iam/docs/permissions-reference: watching is listing. */
const VERBS: Readonly<Record<string, string>> = {
  watch: 'list',
  patch: 'update',
  deletecollection: 'delete',
};

const SUBRESOURCES: Readonly<Record<string, (verb: string) => string>> = {
  log: () => 'getLogs',
  proxy: () => 'proxy',
  scale: (verb) => (verb === 'get' ? 'getScale' : 'updateScale'),
};

/** The permission of IAM that an attempt needs: GKE asks IAM where RBAC says nothing. */
export function permissionOf({
  kind,
  verb,
  subresource,
}: Pick<Attempt, 'kind' | 'verb' | 'subresource'>): string {
  const action = SUBRESOURCES[subresource ?? '']?.(verb) ?? VERBS[verb] ?? verb;
  return `container.${kind.permission}.${action}`;
}

/** Whether whoever asks may do it. */
export function isAllowed(state: CloudState, attempt: Attempt): boolean {
  const asking = { principal: attempt.principal, method: attempt.verb, url: attempt.url };
  return decide(state, asking, permissionOf(attempt), projectResource(state.project.projectId)).granted;
}

/** @throws KubernetesError Forbidden, in GKE's words */
export function requireAllowed(state: CloudState, attempt: Attempt): void {
  if (isAllowed(state, attempt)) return;
  const { kind, verb, namespace, name, subresource, principal } = attempt;
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const user = principal.member === undefined ? 'system:anonymous' : emailOf(principal);
  const named = name === undefined ? resourceName(kind) : `${resourceName(kind)} "${name}"`;
  const where = namespace === undefined ? ' at the cluster scope' : ` in the namespace "${namespace}"`;
  throw new KubernetesError(
    'Forbidden',
    `${named} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${kind.group}"${where}: requires one of ["${permissionOf(attempt)}"] permission(s).`,
    detailsOf(kind, name ?? ''),
  );
}
