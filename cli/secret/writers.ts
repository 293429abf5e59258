import { callGoogle } from '@cloud-run-identity/secrets';
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
  readonly protoPayload?: { readonly authenticationInfo?: { readonly principalEmail?: string } };
}

/** Between a write and its entry in the log. */
const CLOCK_TOLERANCE_MILLISECONDS = 2000;

/**
 * Who wrote the object since a time, the newest first, by Cloud Audit Logs: Google itself says it, unlike the object's
 * metadata. Only a project that logs data access has such entries (setting `dataAccessLogs`).
 *
 * @param since RFC 3339
 * @throws SecretError when the log may not be read
 */
export async function auditedWrites(secret: OpenSecret, since: string): Promise<AuditedWrite[]> {
  const { clients, io, reference, projectId } = secret;
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
      'protoPayload.authorizationInfo.permission="storage.objects.create"',
      `timestamp>="${start}"`,
    ].join(' AND '),
    orderBy: 'timestamp desc',
    pageSize: 100,
  };
  const url = `${endpointOf(io.environment, 'logging')}/v2/entries:list`;
  const { entries = [] } = await callGoogle(call, clients.callerEmail, () =>
    clients.request<{ entries?: LogEntry[] }>({ url, method: 'POST', body }),
  );
  return entries.flatMap(({ timestamp, protoPayload }) => {
    const writer = protoPayload?.authenticationInfo?.principalEmail;
    return writer ? [{ time: timestamp, writer }] : [];
  });
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
