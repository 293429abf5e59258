import Type from 'typebox';
import { changePolicy, type Policy } from '../iam-policy.ts';
import { resourceType } from '../resource-type.ts';

const STRICT = { additionalProperties: false };

/** Which accesses to one API of the project are logged (google_project_iam_audit_config). */
export const projectAuditConfig = resourceType({
  arguments: Type.Object(
    {
      project: Type.String(),
      service: Type.String(),
      audit_log_config: Type.Array(
        Type.Object(
          { log_type: Type.String(), exempted_members: Type.Optional(Type.Array(Type.String())) },
          STRICT,
        ),
      ),
    },
    STRICT,
  ),
  async apply({ project, service, audit_log_config: logs }, { api }) {
    const path = `/crm/v1/v1/projects/${project}`;
    const auditLogConfigs = logs.map(({ log_type: logType, exempted_members: exemptedMembers }) => ({
      logType,
      ...(exemptedMembers && { exemptedMembers }),
    }));
    const access = {
      get: () =>
        api.request<Policy>('POST', `${path}:getIamPolicy`, {
          json: { options: { requestedPolicyVersion: 3 } },
        }),
      set: (policy: Policy) =>
        api.request('POST', `${path}:setIamPolicy`, { json: { policy, updateMask: 'auditConfigs,etag' } }),
    };
    await changePolicy(path, access, (policy) => {
      const others = (policy.auditConfigs ?? []).filter((config) => config.service !== service);
      return { ...policy, auditConfigs: [...others, { service, auditLogConfigs }] };
    });
    return { id: `${project}/audit_config/${service}` };
  },
});

/** The project, looked up (data source google_project). */
export const projectData = resourceType({
  arguments: Type.Object({ project_id: Type.Optional(Type.String()) }, STRICT),
  async apply({ project_id: own }, { api, project }) {
    const found = await api.request<{ projectId: string; projectNumber: string }>(
      'GET',
      `/crm/v1/v1/projects/${own ?? project}`,
    );
    return { id: `projects/${found.projectId}`, project_id: found.projectId, number: found.projectNumber };
  },
});

/** Cloud Storage's agent of the project, looked up (data source google_storage_project_service_account). */
export const storageAgentData = resourceType({
  arguments: Type.Object({ project: Type.Optional(Type.String()) }, STRICT),
  async apply({ project: own }, { api, project }) {
    const path = `/storage/v1/projects/${own ?? project}/serviceAccount`;
    const { email_address: email } = await api.request<{ email_address: string }>('GET', path);
    return { id: email, email_address: email, member: `serviceAccount:${email}` };
  },
});
