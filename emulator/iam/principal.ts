/** Who asks: the member that a token stands for, or nobody. */
export interface Principal {
  /** `user:…`, `serviceAccount:…`; undefined for an anonymous caller. */
  readonly member: string | undefined;
  /** A service account's unique id: an account made anew under the same name is another principal. */
  readonly uid?: string;
  /** The `principalSet://…` that a federated identity is in: its groups, the attributes that it was given. */
  readonly sets?: readonly string[];
}

/** The caller without credentials. */
export const ANONYMOUS: Principal = { member: undefined };

/** A principal's email address, or `Anonymous caller`: as Cloud Storage's errors name it. */
export function emailOf(principal: Principal): string {
  return principal.member?.replace(/^[a-zA-Z]+:(?!\/\/)/, '') ?? 'Anonymous caller';
}

/**
 * The principal of a Kubernetes service account of any cluster of the project, as policies name it since there is no
 * need for a service account of Google's beside it
 * (https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-resources-iam-policies).
 */
export function kubernetesPrincipal(
  project: { readonly projectId: string; readonly projectNumber: string },
  namespace: string,
  name: string,
): string {
  return `principal://${poolOf(project.projectNumber, project.projectId)}/subject/ns/${namespace}/sa/${name}`;
}

const poolOf = (projectNumber: string, projectId: string) =>
  `iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${projectId}.svc.id.goog`;

const KUBERNETES_PRINCIPAL =
  /^principal:\/\/iam\.googleapis\.com\/projects\/(\d+)\/locations\/global\/workloadIdentityPools\/([^/]+)\.svc\.id\.goog\/subject\/ns\/([^/]+)\/sa\/([^/]+)$/;

/** Every name under which policies may include the member: a Kubernetes service account has an older one, and is in sets. */
export function namesOf(member: string): readonly string[] {
  const [, projectNumber, projectId, namespace, name] = KUBERNETES_PRINCIPAL.exec(member) ?? [];
  if (projectNumber === undefined || projectId === undefined) return [member];
  const set = `principalSet://${poolOf(projectNumber, projectId)}`;
  return [
    member,
    `serviceAccount:${projectId}.svc.id.goog[${namespace}/${name}]`,
    `${set}/namespace/${namespace}`,
    `${set}/*`,
  ];
}
