import { callGoogle, SecretError } from '@cloud-run-identity/secrets';
import { endpointOf } from '../google/environment.ts';
import type { OpenSecret } from './open.ts';

/** A write of the object, as Cloud Audit Logs have it. */
export interface AuditedWrite {
  /** RFC 3339. */
  readonly time: string;
  /** Email. */
  readonly writer: string;
}

interface LogEntry {
  readonly timestamp: string;
  readonly protoPayload?: {
    readonly authenticationInfo?: { readonly principalEmail?: string };
    readonly authorizationInfo?: readonly { readonly permission?: string; readonly granted?: boolean }[];
    readonly status?: { readonly code?: number };
  };
}

interface LogPage {
  readonly entries?: readonly LogEntry[];
  readonly nextPageToken?: string;
}

const CREATE = 'storage.objects.create';

/** The most that Cloud Logging gives (https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list). */
const PAGE_SIZE = 1000;

/** Between a write and its entry in the log. */
const CLOCK_TOLERANCE_MILLISECONDS = 2000;

/**
 * Who wrote the object since a time, the newest first, by Cloud Audit Logs: Google itself says it, unlike the object's
 * metadata. Only a project that logs data access has such entries (setting `dataAccessLogs`): that of the bucket. What was
 * refused is none.
 *
 * @param since RFC 3339
 * @param pageSize how many entries are asked for at once
 * @throws SecretError when the log may not be read
 */
export async function auditedWrites(
  secret: OpenSecret,
  since: string,
  pageSize = PAGE_SIZE,
): Promise<AuditedWrite[]> {
  const { clients, io, reference } = secret;
  const projectId = await projectOfBucket(secret);
  const project = `projects/${projectId}`;
  const call = {
    permission: 'logging.privateLogEntries.list',
    resource: `//cloudresourcemanager.googleapis.com/${project}`,
    project: projectId,
    role: 'roles/logging.privateLogViewer',
    api: 'logging.googleapis.com',
  };
  const start = new Date(Date.parse(since) - CLOCK_TOLERANCE_MILLISECONDS).toISOString();
  const body = {
    resourceNames: [project],
    filter: [
      `protoPayload.resourceName="projects/_/buckets/${reference.bucket}/objects/${reference.object}"`,
      `protoPayload.authorizationInfo.permission="${CREATE}"`,
      `timestamp>="${start}"`,
    ].join(' AND '),
    orderBy: 'timestamp desc',
    pageSize,
  };
  const url = `${endpointOf(io.environment, 'logging')}/v2/entries:list`;
  const writes: AuditedWrite[] = [];
  let pageToken: string | undefined;
  do {
    const asked = { ...body, ...(pageToken && { pageToken }) };
    const page = await callGoogle(call, clients.callerEmail, () =>
      clients.request<LogPage>({ url, method: 'POST', body: asked }),
    );
    writes.push(...(page.entries ?? []).flatMap(toWrite));
    // A page may be empty although others follow.
    pageToken = page.nextPageToken;
  } while (pageToken);
  return writes;
}

function toWrite({ timestamp, protoPayload }: LogEntry): AuditedWrite[] {
  const writer = protoPayload?.authenticationInfo?.principalEmail;
  const isGranted = protoPayload?.authorizationInfo?.some(
    ({ permission, granted }) => permission === CREATE && granted,
  );
  return writer && isGranted && !protoPayload?.status?.code ? [{ time: timestamp, writer }] : [];
}

/** Number of the project that the bucket is in; that of the key where it may not be read. */
async function projectOfBucket({ clients, reference, projectId }: OpenSecret): Promise<string> {
  const { bucket } = reference;
  const call = {
    permission: 'storage.buckets.get',
    resource: `//storage.googleapis.com/projects/_/buckets/${bucket}`,
    project: projectId,
    role: 'roles/storage.bucketViewer',
    api: 'storage.googleapis.com',
  };
  try {
    const [{ projectNumber }] = await callGoogle(call, clients.callerEmail, () =>
      clients.storage.bucket(bucket).getMetadata(),
    );
    return projectNumber === undefined ? projectId : String(projectNumber);
  } catch (error) {
    if (error instanceof SecretError) return projectId;
    throw error;
  }
}

/**
 * The writer of the generation that was made at a time: of the entry nearest to it.
 *
 * @param created RFC 3339
 */
export function writerAt(writes: readonly AuditedWrite[], created: string): string | undefined {
  const distance = ({ time }: AuditedWrite) => Math.abs(Date.parse(time) - Date.parse(created));
  const [nearest] = writes.toSorted((a, b) => distance(a) - distance(b));
  return nearest && distance(nearest) <= CLOCK_TOLERANCE_MILLISECONDS ? nearest.writer : undefined;
}
