import { isUnknown } from '../terraform/values.ts';

/** A name in one form, however it was written. */
export interface KnownName {
  readonly name: string;
  /** Whether it is certain what it names. */
  readonly certain: boolean;
}

const ACCOUNT_KINDS: Readonly<Record<string, string>> = {
  allauthenticatedusers: 'allAuthenticatedUsers',
  allusers: 'allUsers',
  domain: 'domain',
  group: 'group',
  projecteditor: 'projectEditor',
  projectowner: 'projectOwner',
  projectviewer: 'projectViewer',
  serviceaccount: 'serviceAccount',
  user: 'user',
};

/**
 * A principal in the one form that IAM gives it back in, https://cloud.google.com/iam/docs/principal-identifiers:
 * kinds of accounts in their own letters, emails and domains in lower case.
 */
export function principalName(member: unknown): KnownName {
  const text = isUnknown(member)
    ? (member.sameAs ?? member.text)
    : typeof member === 'string'
      ? member
      : undefined;
  if (text === undefined) return { name: 'nobody that is written down', certain: false };
  const name = canonical(text.trim());
  const isCertain = !isUnknown(member) || member.sameAs !== undefined || member.isComputed;
  return { name, certain: isCertain && isPrincipal(name) };
}

function canonical(member: string): string {
  const [, deleted = '', kind = '', rest = ''] =
    /^(deleted:)?([A-Za-z]+)(:(?!\/\/)[\s\S]*)?$/.exec(member) ?? [];
  const known = ACCOUNT_KINDS[kind.toLowerCase()];
  if (known === undefined) return member;
  // An expression keeps its letters: it is a name in Terraform.
  return `${deleted}${known}${rest.includes('${') ? rest : rest.toLowerCase()}`;
}

function isPrincipal(name: string): boolean {
  return (
    /^(?:deleted:)?(?:user|group|serviceAccount):\S+@\S+$/.test(name) ||
    /^serviceAccount:\$\{[\w.-]+\.(?:email|email_address)\}$/.test(name) ||
    /^serviceAccount:\S+\.svc\.id\.goog\[\S+\]$/.test(name) ||
    /^\$\{[\w.-]+\.member\}$/.test(name) ||
    /^domain:\S+$/.test(name) ||
    /^project(?:Owner|Editor|Viewer):\S+$/.test(name) ||
    /^(?:deleted:)?principal(?:Set)?:\/\/\S+$/.test(name) ||
    name === 'allUsers' ||
    name === 'allAuthenticatedUsers'
  );
}

/** The id of a project, without the word before it; a number names a project that is unknown. */
export function projectName(project: string): string | undefined {
  const id = project.replace(/^projects\//, '');
  return /^\d+$/.test(id) || id === '' ? undefined : id;
}

/** A full name without the service's address before it: `//cloudkms.googleapis.com/projects/…`, a self link. */
export function withoutService(name: string): string {
  return name
    .replace(/^(?:https:)?\/\/[^/]+\/(?:(?:v\d\w*|storage\/v1)\/)?/, '')
    .replace(/^apis\/[^/]+\/v\d\w*\//, '');
}
