import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalCloud } from '../../../emulator/cloud.ts';

/** One request to a real API server as it was recorded, and its answer. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly body?: unknown;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many kinds
  readonly answer?: any;
}

/** The recording of that name, in order. */
export function kubernetesRecording(name: string): RecordedRequest[] {
  const file = path.join(import.meta.dirname, '..', '..', 'kubernetes', `${name}.jsonl`);
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedRequest);
}

/** Sends a recorded request as the project's owner. */
export async function sendRecorded(cloud: LocalCloud, recorded: RecordedRequest, agent = 'HashiCorp/1.0') {
  const { method, contentType, accept = 'application/json', body } = recorded;
  const response = await fetch(`${await cloud.kubernetesUrl()}${recorded.path}`, {
    method,
    headers: {
      authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`,
      'user-agent': agent,
      accept,
      ...(contentType && { 'content-type': contentType }),
    },
    ...(body !== undefined && body !== '' && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: answers of many kinds
  const answer: any = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, type, answer };
}

/** Fields whose values a server chooses, by name. */
const CHOSEN =
  /^(uid|resourceVersion|creationTimestamp|deletionTimestamp|time|clusterIP|lastUpdateTime|lastTransitionTime|reason|message|description)$/;

/**
 * What of a recorded answer the given one lacks or has otherwise; more than was recorded is fine. The recorded server
 * had no controllers: whoever wrote its status was `unknown`.
 */
export function differences(actual: unknown, recorded: unknown, where = ''): string[] {
  const field = where.split('.').findLast((part) => !/^\d+$/.test(part)) ?? '';
  if (field === 'managedFields') return managedDifferences(actual, recorded, where);
  if (field === 'clusterIPs') return Array.isArray(actual) ? [] : [`${where}: missing`];
  if (Array.isArray(recorded)) {
    if (!Array.isArray(actual)) return [`${where}: a list is missing`];
    const more =
      actual.length > recorded.length && field !== 'rows' ? [`${where}: ${actual.length} items`] : [];
    return [
      ...more,
      ...recorded.flatMap((item, index) => differences(actual[index], item, `${where}.${index}`)),
    ];
  }
  if (typeof recorded === 'object' && recorded !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${where}: an object is missing`];
    const isBudget = 'kind' in recorded && recorded.kind === 'PodDisruptionBudget';
    return Object.entries(recorded).flatMap(([name, value]) => {
      const found = (actual as Record<string, unknown>)[name];
      // Nobody counted its Pods there: the recorded numbers are those of an object that was just made.
      if (isBudget && name === 'status') return numbersMissing(found, value, `${where}.${name}`);
      return differences(found, value, `${where}.${name}`);
    });
  }
  if (CHOSEN.test(field) && recorded !== null) {
    return actual === undefined ? [`${where}: missing`] : [];
  }
  if (field.startsWith('last') && recorded === null) return [];
  // The disruptions that a budget allows, which nobody counted there.
  if (/\/poddisruptionbudgets\b.*\.cells\.3$/.test(where)) {
    return typeof actual === 'number' ? [] : [`${where}: missing`];
  }
  if (field === 'cells' && isChosenCell(recorded)) return isChosenCell(actual) ? [] : [`${where}: ${actual}`];
  return Object.is(actual, recorded)
    ? []
    : [`${where}: ${JSON.stringify(actual)} instead of ${JSON.stringify(recorded)}`];
}

function numbersMissing(actual: unknown, recorded: object, where: string): string[] {
  const found = (actual ?? {}) as Record<string, unknown>;
  return Object.keys(recorded).flatMap((name) =>
    typeof found[name] === 'number' ? [] : [`${where}.${name}: missing`],
  );
}

/** An age, or an address inside the cluster. */
function isChosenCell(cell: unknown): boolean {
  return /^(\d+s|10\.[\d.]+)$/.test(String(cell));
}

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: unknown;
}

function managedDifferences(actual: unknown, recorded: unknown, where: string): string[] {
  const found = (Array.isArray(actual) ? actual : []) as Entry[];
  return (recorded as Entry[])
    .filter(({ manager }) => manager !== 'unknown')
    .flatMap((entry) => {
      const same = found.find(
        ({ manager, operation, subresource }) =>
          manager === entry.manager && operation === entry.operation && subresource === entry.subresource,
      );
      const at = `${where}.${entry.manager}`;
      if (!same) return [`${at}: missing`];
      // Both ways: an owner too many is a conflict later.
      return [
        ...differences(same.fieldsV1, entry.fieldsV1, at),
        ...differences(entry.fieldsV1, same.fieldsV1, `${at} has more`),
      ];
    });
}
