import type { JsonObject } from '../configuration.ts';

/** Blocks whose name in Terraform is that of one item of a list. */
const LISTS: Readonly<Record<string, string>> = {
  container: 'containers',
  env: 'env',
  metric: 'metrics',
  port: 'ports',
  topology_spread_constraint: 'topologySpreadConstraints',
};

/** Names that are a map's keys, not arguments. */
const MAPS = new Set([
  ...['labels', 'annotations', 'match_labels', 'limits', 'requests', 'node_selector', 'data'],
]);

/** What Terraform has as text and Kubernetes as a number, where it is one. */
const NUMBERS = new Set([
  ...['replicas', 'run_as_user', 'run_as_group', 'fs_group', 'port', 'target_port', 'max_unavailable'],
  ...['max_surge', 'min_available'],
]);

/** Blocks that Terraform has as a list of at most one. */
const SINGLE = new Set(['label_selector', 'seccomp_profile', 'capabilities']);

/** Arguments of Terraform's Kubernetes provider as the API has them: `http_get` is `httpGet`, `container` `containers`. */
export function kubernetesBody(args: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      const isList = Array.isArray(value) && Object.hasOwn(LISTS, name);
      return [isList ? (LISTS[name] as string) : camelCase(name), bodyOf(name, value)];
    }),
  );
}

function bodyOf(name: string, value: unknown): unknown {
  if (NUMBERS.has(name) && typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  if (MAPS.has(name) || typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return isPlainMap(name, value) ? value : kubernetesBody(value as JsonObject);
  if (SINGLE.has(name)) return value[0] === undefined ? undefined : kubernetesBody(value[0]);
  return value.map((item) => (typeof item === 'object' ? kubernetesBody(item) : item));
}

/** The selector of a Service is a map, that of everything else a block. */
function isPlainMap(name: string, value: object): boolean {
  return name === 'selector' && !('match_labels' in value) && !('match_expressions' in value);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
