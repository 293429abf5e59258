import type { Service } from '../facts/model.ts';
import { shortName } from './text.ts';

/** A box of the diagram. */
export interface DiagramNode {
  readonly id: string;
  readonly kind: 'internet' | 'service' | 'identity' | 'key' | 'object' | 'other';
  /** What it is, in a word or two. */
  readonly caption: string;
  readonly title: string;
  readonly subtitle: string;
  /** 0 to 3, from the internet on the left to key and object on the right. */
  readonly column: number;
}

/** Everyone who has not signed in. */
export const INTERNET: DiagramNode = {
  id: 'internet',
  kind: 'internet',
  caption: 'Anyone',
  title: 'The internet',
  subtitle: 'without signing in',
  column: 0,
};

/** A service, its identity, and its secrets' keys and objects. */
export function serviceNodes(service: Service): DiagramNode[] {
  const { name, identity, secrets } = service;
  const title = shortName(name);
  const node = {
    id: name,
    kind: 'service',
    caption: service.name.startsWith('namespaces/') ? 'Workload on GKE' : 'Cloud Run service',
    title,
    subtitle: regionOf(name),
    column: 1,
  };
  const nodes = [node as DiagramNode, identityNode(identity)];
  return [...nodes, ...secrets.flatMap(({ key, object }) => [keyNode(key), objectNode(object)])];
}

function regionOf(name: string): string {
  return /\/locations\/([^/]+)\//.exec(name)?.[1] ?? '';
}

/** A principal. */
export function identityNode(principal: string): DiagramNode {
  const [prefix = '', rest] = principal.split(/:(.*)/s);
  const [title = '', domain = ''] = (rest ?? principal).split(/@(.*)/s);
  const caption = prefix === 'serviceAccount' ? 'Service account' : rest === undefined ? 'Principal' : prefix;
  const project = domain.replace(/\.iam\.gserviceaccount\.com$/, '');
  return { id: principal, kind: 'identity', caption, title, subtitle: project && `@${project}`, column: 2 };
}

/** A key. */
export function keyNode(key: string): DiagramNode {
  const ring = key.split('/cryptoKeys/')[0] ?? '';
  return {
    id: key,
    kind: 'key',
    caption: 'KMS key',
    title: shortName(key),
    subtitle: `ring ${shortName(ring)}`,
    column: 3,
  };
}

/** An object of a bucket. */
export function objectNode(object: string): DiagramNode {
  const [bucket = '', title = ''] = object.split(/\/objects\/(.*)/s);
  const subtitle = `in ${shortName(bucket)}`;
  return { id: object, kind: 'object', caption: 'Encrypted object', title, subtitle, column: 3 };
}
