import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalCloud } from '../../emulator/cloud.ts';

/** One request of the real Terraform provider as it was recorded, and the answer that satisfied it. */
export interface Recorded {
  readonly scenario?: string;
  readonly seq: number;
  readonly api: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>> | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly status: number;
  readonly response?: unknown;
}

interface Multipart {
  readonly multipart: {
    readonly metadata: object;
    readonly mediaHeaders: string;
    readonly mediaBase64: string;
  };
}

/** The recording of that name beside the provider's schema, in order. */
export function recording(name: string): Recorded[] {
  const file = path.join(import.meta.dirname, '..', 'google-provider', `traffic-${name}.jsonl`);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Recorded);
}

/** Sends a recorded request as the project's owner. */
export async function send(
  cloud: LocalCloud,
  recorded: Recorded,
): Promise<{ status: number; body: unknown }> {
  const query = new URLSearchParams(recorded.query ?? {}).toString();
  const headers: Record<string, string> = {
    authorization: `Bearer ${cloud.tokenFor(cloud.owner)}`,
    // Recorded at its first use only.
    'user-agent': recorded.headers['user-agent'] ?? 'Terraform/1.11.4 terraform-provider-google/6.50.0',
  };
  if (recorded.headers['content-type']) headers['content-type'] = recorded.headers['content-type'];
  let body: string | Buffer | undefined = recorded.body == null ? undefined : JSON.stringify(recorded.body);
  if (isMultipart(recorded.body)) {
    headers['content-type'] = 'multipart/related; boundary=replayed';
    body = multipartBody(recorded.body);
  }
  const url = `${cloud.url}${recorded.path}${query && `?${query}`}`;
  const response = await fetch(url, {
    method: recorded.method,
    headers,
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** Fields whose values a server chooses: their presence and type count, not their value. */
const CHOSEN_BY_THE_SERVER =
  /^(createTime|updateTime|generateTime|destroyTime|lastEnableTime|timeCreated|updated|timeStorageClassUpdated|lockedTime|effectiveTime|creationTimestamp|lastTransitionTime|timeDeleted|etag|uniqueId|oauth2ClientId|uid|resourceVersion|id|generation|selfLink|mediaLink|url|urls|uri|latestReadyRevision|latestCreatedRevision|latestReadyRevisionName|latestCreatedRevisionName|revisionName|operation-id|nonce|creator|lastModifier|message)$/;

/**
 * What of the recorded answer the given one lacks or has otherwise. More than was recorded is fine.
 * @returns one line a difference, beginning with where it is
 */
export function missingFrom(actual: unknown, recorded: unknown, where = 'answer'): string[] {
  const field = where.split(/[./]/).findLast((part) => !/^\d+$/.test(part)) ?? '';
  if (Array.isArray(recorded)) {
    if (!Array.isArray(actual)) return [`${where}: a list is missing`];
    return recorded.flatMap((item, index) => missingFrom(actual[index], item, `${where}.${index}`));
  }
  if (typeof recorded === 'object' && recorded !== null) {
    if (typeof actual !== 'object' || actual === null) return [`${where}: an object is missing`];
    const fields = actual as Record<string, unknown>;
    return Object.entries(recorded).flatMap(([name, value]) =>
      missingFrom(fields[name], value, `${where}.${name}`),
    );
  }
  if (actual === undefined) return [`${where}: missing`];
  if (CHOSEN_BY_THE_SERVER.test(field) || isChosenName(field, recorded)) {
    return typeof actual === typeof recorded
      ? []
      : [`${where}: ${typeof actual} instead of ${typeof recorded}`];
  }
  return actual === recorded
    ? []
    : [`${where}: ${JSON.stringify(actual)} instead of ${JSON.stringify(recorded)}`];
}

function isChosenName(field: string, recorded: unknown): boolean {
  return field === 'name' && typeof recorded === 'string' && recorded.includes('operations/');
}

function isMultipart(body: unknown): body is Multipart {
  return typeof body === 'object' && body !== null && 'multipart' in body;
}

function multipartBody({ multipart }: Multipart): Buffer {
  const { metadata, mediaHeaders, mediaBase64 } = multipart;
  return Buffer.concat([
    Buffer.from(`--replayed\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n`),
    Buffer.from(`--replayed\r\n${mediaHeaders}\r\n\r\n`),
    Buffer.from(mediaBase64, 'base64'),
    Buffer.from('\r\n--replayed--'),
  ]);
}

/** The values that the server chose, as recorded and as they are now, for the requests that send them back. */
export class ChosenValues {
  readonly #values = new Map<string, string>();

  /** Notes what the answer to a recorded request has where the recorded answer had something else. */
  note(recorded: Recorded, actual: unknown): void {
    for (const field of ['etag', 'generation', 'resourceVersion']) {
      const [from, to] = [chosenValue(recorded.response, field), chosenValue(actual, field)];
      if (from !== undefined && to !== undefined) this.#values.set(keyOf(recorded, field, from), to);
    }
  }

  /** The request with the values of now. */
  apply(recorded: Recorded): Recorded {
    const now = (field: string, value: unknown) =>
      this.#values.get(keyOf(recorded, field, String(value))) ?? value;
    const body = JSON.parse(JSON.stringify(recorded.body ?? null), (name, value) =>
      name === 'etag' || name === 'resourceVersion' ? now(name, value) : value,
    );
    const { generation, ...others } = recorded.query ?? {};
    const query = generation ? { ...others, generation: String(now('generation', generation)) } : others;
    return { ...recorded, body: body ?? undefined, query };
  }
}

/** Two resources may have been given the same etag, so a value belongs to the resource that the path names. */
function keyOf({ path: requestPath }: Recorded, field: string, value: string): string {
  return `${requestPath.replace(/:\w+$/, '')} ${field} ${value}`;
}

function chosenValue(body: unknown, field: string): string | undefined {
  const fields = (body ?? {}) as Record<string, unknown> & { metadata?: Record<string, unknown> };
  const value = fields[field] ?? (field === 'resourceVersion' ? fields.metadata?.[field] : undefined);
  return value === undefined ? undefined : String(value);
}
