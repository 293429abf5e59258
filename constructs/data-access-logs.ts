import { ProjectIamAuditConfig } from '@cdktf/provider-google/lib/project-iam-audit-config/index.js';
import { Construct } from 'constructs';

/** Whose data accesses to log. */
export interface DataAccessLogsProps {
  readonly projectId: string;
}

/**
 * Logs who used a key, and who read or wrote an object: https://cloud.google.com/logging/docs/audit/configure-data-access.
 * Google configures it for a whole project and API, not for one key or bucket, and the resource replaces what was
 * configured for these two APIs before.
 */
export class DataAccessLogs extends Construct {
  constructor(scope: Construct, id: string, { projectId: project }: DataAccessLogsProps) {
    super(scope, id);
    const auditLogConfig = ['ADMIN_READ', 'DATA_READ', 'DATA_WRITE'].map((logType) => ({ logType }));
    for (const api of ['cloudkms', 'storage']) {
      new ProjectIamAuditConfig(this, api, { project, service: `${api}.googleapis.com`, auditLogConfig });
    }
  }
}
