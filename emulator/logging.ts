import type { FastifyInstance } from 'fastify';
import { APIS } from './apis.ts';
import type { AuditEntry } from './audit.ts';
import { GoogleApiError } from './http/errors.ts';
import { pageOf } from './http/paging.ts';
import { type CloudState, projectResource, requirePermission, requireService } from './state.ts';

interface ListRequest {
  readonly filter?: string;
  readonly orderBy?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/**
 * Cloud Logging v2 as far as reading the audit log goes
 * (https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list).
 */
export function loggingApi(state: CloudState) {
  return async (app: FastifyInstance) => {
    app.addHook('onRequest', async () => requireService(state, APIS.logging));
    const options = { config: { changesNothing: true } };
    app.post<{ Body: ListRequest | undefined }>('/logging/v2/entries::list', options, async (request) => {
      const project = projectResource(state.project.projectId);
      requirePermission(state, request, 'logging.privateLogEntries.list', project);
      const { filter = '', orderBy = 'timestamp asc', pageSize, pageToken } = request.body ?? {};
      const matches = conjunction(filter);
      const entries = state.audit.entries().map(entryBody).filter(matches);
      if (/desc$/i.test(orderBy)) entries.reverse();
      const query = { ...(pageSize && { pageSize }), ...(pageToken && { pageToken }) };
      const { items, nextPageToken } = pageOf(entries, query, 1000);
      return { entries: items, nextPageToken };
    });
  };

  function entryBody(entry: AuditEntry) {
    const { projectId } = state.project;
    return {
      logName: `projects/${projectId}/logs/cloudaudit.googleapis.com%2Fdata_access`,
      insertId: String(entry.sequence),
      timestamp: entry.time,
      severity: entry.granted ? 'INFO' : 'ERROR',
      resource: { type: 'audited_resource', labels: { project_id: projectId, service: entry.service } },
      protoPayload: {
        '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
        serviceName: entry.service,
        methodName: entry.request,
        resourceName: entry.resource,
        authenticationInfo: { principalEmail: entry.member?.replace(/^\w+:/, '') ?? '' },
        authorizationInfo: [
          { resource: entry.resource, permission: entry.permission, granted: entry.granted },
        ],
        status: entry.granted ? {} : { code: 7, message: 'PERMISSION_DENIED' },
      },
    };
  }
}

/**
 * The part of the logging query language that is understood: comparisons by `=` or `:` joined by AND, e.g.
 * `severity=ERROR AND protoPayload.authenticationInfo.principalEmail="a@example.com"`.
 */
function conjunction(filter: string): (entry: object) => boolean {
  const terms = filter
    .split(/\s+AND\s+|\n/)
    .map((term) => term.trim())
    .filter(Boolean)
    .map((term) => {
      const [, path, operator, value] = /^([\w.@]+)\s*(=|:|>=)\s*"?([^"]*)"?$/.exec(term) ?? [];
      if (path && operator && value !== undefined) return { path, operator, value };
      throw new GoogleApiError(
        'INVALID_ARGUMENT',
        `Unparseable filter: ${term}. The local cloud understands FIELD=VALUE, FIELD:VALUE and timestamp>=TIME, joined by AND.`,
      );
    });
  return (entry) =>
    terms.every(({ path, operator, value }) => {
      const actual = valuesAt(entry, path.split('.')).map(String);
      if (operator === '=') return actual.includes(value);
      return actual.some((text) => (operator === ':' ? text.includes(value) : text >= value));
    });
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [field, ...rest] = path;
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  if (field === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return valuesAt((value as Record<string, unknown>)[field], rest);
}
