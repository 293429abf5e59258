import Type from 'typebox';
import { createUnlessExists, includes } from '../api.ts';
import { addMember, IAM_MEMBER_ARGUMENTS, type Policy } from '../iam-policy.ts';
import { resourceType } from '../resource-type.ts';

interface ServiceAccount {
  readonly name: string;
  readonly email: string;
  readonly uniqueId: string;
  readonly projectId: string;
}

/** A service account (https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts). */
export const serviceAccount = resourceType({
  arguments: Type.Object(
    {
      account_id: Type.String(),
      display_name: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
      project: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
  async apply(
    { account_id, display_name: displayName = '', description = '', ...args },
    { api, project: defaultProject },
  ) {
    const project = args.project ?? defaultProject;
    const id = `projects/${project}/serviceAccounts/${account_id}@${project}.iam.gserviceaccount.com`;
    await createUnlessExists(api, `/iam/v1/v1/projects/${project}/serviceAccounts`, {
      json: { accountId: account_id, serviceAccount: { displayName, description } },
    });
    const account = await api.request<ServiceAccount>('GET', `/iam/v1/v1/${id}`);
    if (!includes({ displayName: '', description: '', ...account }, { displayName, description })) {
      await api.request('PATCH', `/iam/v1/v1/${id}`, {
        json: { serviceAccount: { displayName, description }, updateMask: 'displayName,description' },
      });
    }
    return {
      id,
      name: account.name,
      email: account.email,
      member: `serviceAccount:${account.email}`,
      unique_id: account.uniqueId,
      project: account.projectId,
    };
  },
});

/** A grant on one service account. */
export const serviceAccountIamMember = resourceType({
  arguments: Type.Object(
    { service_account_id: Type.String(), ...IAM_MEMBER_ARGUMENTS },
    { additionalProperties: false },
  ),
  async apply({ service_account_id: id, ...grant }, { api, project }) {
    // The project may be left to the email.
    const path = `/iam/v1/v1/${id.replace('projects/-/', `projects/${project}/`)}`;
    const options = { 'options.requestedPolicyVersion': '3' };
    return addMember(id, grant, {
      get: () => api.request<Policy>('POST', `${path}:getIamPolicy`, { query: options }),
      set: (policy) => api.request('POST', `${path}:setIamPolicy`, { json: { policy } }),
    });
  },
});
