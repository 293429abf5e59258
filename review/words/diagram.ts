import { onlyResourceOf } from '../facts/conditions.ts';
import { serviceAccountName } from '../facts/grant-targets.ts';
import type { Access, Review, Service } from '../facts/model.ts';
import {
  type DiagramNode,
  INTERNET,
  identityNode,
  keyNode,
  objectNode,
  serviceNodes,
} from './diagram-nodes.ts';
import { shortName } from './text.ts';

/** An arrow. */
export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** `refused` is an arrow that does not arrive. */
  readonly tone: 'access' | 'public' | 'refused' | 'structure';
}

/** Identity, key, bucket, object, service and the arrows of access between them. */
export interface Diagram {
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
  /** How many services it leaves out, because nobody reads a picture of hundreds. */
  readonly servicesLeftOut: number;
}

/** More than these make a picture that nobody reads. */
const MOST_SERVICES = 8;

/** The one model that Mermaid and SVG are drawn from. */
export function diagramOf(review: Review): Diagram {
  const services = review.services.slice(0, MOST_SERVICES);
  const shown = new Set(services.flatMap(namesOf));
  const rows = review.access
    .filter((row) => shown.has(row.principal) || shown.has(endOf(row)) || row.resource.kind === 'project')
    .filter(({ resource, principal }) => !isInvitation(resource.kind, principal));
  const nodes = [
    ...(services.length > 0 ? [INTERNET] : []),
    ...services.flatMap(serviceNodes),
    ...rows.flatMap(rowNodes),
  ];
  const edges = [
    ...services.flatMap((service) => [internetEdge(service, review), ...structureEdges(service)]),
    ...rows.map(rowEdge),
  ];
  return {
    nodes: [...new Map(nodes.toReversed().map((node) => [node.id, node])).values()].toReversed(),
    edges: [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()],
    servicesLeftOut: review.services.length - services.length,
  };
}

/** Whatever a grant may be on that lets its principal to this service or its secret. */
function namesOf({ name, identity, secrets }: Service): string[] {
  const account = serviceAccountName(identity.replace('serviceAccount:', ''));
  const ofSecrets = secrets.flatMap(({ object, key }) => [
    object,
    key,
    object.split('/objects/')[0] ?? '',
    key.split('/cryptoKeys/')[0] ?? '',
  ]);
  return [name, identity, account, ...ofSecrets];
}

/** What the arrow from the internet says already. */
function isInvitation(kind: string, principal: string): boolean {
  return kind === 'Cloud Run service' && principal.startsWith('all');
}

/** The object when a condition narrows the grant to one, else what the grant is on. */
function endOf({ resource, condition }: Access): string {
  return onlyResourceOf(condition) ?? resource.name;
}

function rowNodes(row: Access): DiagramNode[] {
  const end = endOf(row);
  const { kind } = row.resource;
  const principal = identityNode(row.principal);
  if (kind === 'Cloud Run service') return [{ ...principal, column: 0 }];
  if (kind === 'service account') return [{ ...principal, column: 1 }];
  const other = {
    id: end,
    kind: 'other',
    caption: kind,
    title: shortName(end),
    subtitle: '',
    column: 3,
  } as const;
  const target = end.includes('/objects/') ? objectNode(end) : kind === 'key' ? keyNode(end) : other;
  return [principal, target];
}

function rowEdge(row: Access): DiagramEdge {
  const end = endOf(row);
  const email = row.resource.kind === 'service account' ? `serviceAccount:${shortName(end)}` : undefined;
  const tone = row.principal.startsWith('all') ? 'public' : 'access';
  return { from: row.principal, to: email ?? end, label: verbOf(row), tone };
}

const VERBS: readonly (readonly [permission: RegExp, verb: string])[] = [
  [/useToDecrypt$/, 'decrypts'],
  [/useToEncrypt$/, 'encrypts'],
  [/^storage\.objects\.get$/, 'reads'],
  [/^storage\.objects\.create$/, 'writes'],
  [/^run\.routes\.invoke$/, 'opens'],
  [/^iam\.serviceAccounts\.(?:actAs|getAccessToken)$/, 'acts as'],
];

function verbOf({ permissions, withoutEffect, role }: Access): string {
  const effective = (permissions ?? []).filter((permission) => !withoutEffect.includes(permission));
  const verbs = VERBS.filter(([pattern]) => effective.some((permission) => pattern.test(permission)));
  return verbs.map(([, verb]) => verb).join(', ') || shortName(role);
}

function internetEdge({ name }: Service, { exposure }: Review): DiagramEdge {
  const level = exposure.find(({ resource }) => resource.name === name)?.level;
  const edge = { from: INTERNET.id, to: name };
  if (level === 'public') return { ...edge, label: 'opens', tone: 'public' };
  return { ...edge, label: level === 'internal' ? 'no way in' : 'refused: 403', tone: 'refused' };
}

function structureEdges({ name, identity, secrets }: Service): DiagramEdge[] {
  const runsAs: DiagramEdge = { from: name, to: identity, label: 'runs as', tone: 'structure' };
  const encrypted = secrets.map(
    ({ object, key }) => ({ from: object, to: key, label: 'encrypted with', tone: 'structure' }) as const,
  );
  return [runsAs, ...encrypted];
}
