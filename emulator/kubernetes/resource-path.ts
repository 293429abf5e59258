import { findKind, type Kind } from './kinds.ts';

/** What a URL of the API names. */
export interface ResourcePath {
  readonly kind: Kind;
  /** Absent for a kind without namespaces, and for those of all of them. */
  readonly namespace?: string;
  /** Absent for a list. */
  readonly name?: string;
  readonly subresource?: string;
  /** What follows a subresource that is a proxy, without its first slash. */
  readonly rest?: string;
}

/** Reads `/api/v1/namespaces/orders/pods/x/log` and the like; undefined for what names no kind that is there. */
export function readResourcePath(pathname: string): ResourcePath | undefined {
  const parts = pathname.split('/').filter((part) => part !== '');
  const [root, ...others] = parts;
  const group = root === 'apis' ? (others.shift() ?? '') : '';
  const version = others.shift();
  if ((root !== 'api' && root !== 'apis') || version === undefined) return undefined;
  const isNamespaced = others[0] === 'namespaces' && others.length > 2;
  const namespace = isNamespaced ? others[1] : undefined;
  const [plural = '', name, subresource, ...rest] = isNamespaced ? others.slice(2) : others;
  const kind = findKind(group, version, plural);
  if (
    !kind ||
    (isNamespaced && !kind.namespaced) ||
    (name !== undefined && kind.namespaced && !isNamespaced)
  ) {
    return undefined;
  }
  return {
    kind,
    ...(namespace !== undefined && { namespace: decodeURIComponent(namespace) }),
    ...(name !== undefined && { name: decodeURIComponent(name) }),
    ...(subresource !== undefined && { subresource, rest: rest.join('/') }),
  };
}
