import Type from 'typebox';
import { type Operation, waitForOperation } from '../api.ts';
import { resourceType } from '../resource-type.ts';

interface ServiceList {
  readonly services?: readonly { readonly name: string }[];
  readonly nextPageToken?: string;
}

/**
 * An API that is switched on for the project (Service Usage v1). `disable_on_destroy` only matters to a destroy.
 * Requests and their order: google-provider recordings; the provider joins the enabling of several services, here
 * each sends its own.
 */
export const projectService = resourceType({
  arguments: Type.Object(
    {
      service: Type.String(),
      project: Type.Optional(Type.String()),
      disable_on_destroy: Type.Optional(Type.Boolean()),
      disable_dependent_services: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  async apply({ service, project: ownProject }, { api, project: defaultProject }) {
    const project = ownProject ?? defaultProject;
    const parent = `/serviceusage/v1/v1/projects/${project}/services`;
    const isEnabled = async (): Promise<boolean> => {
      const query: Record<string, string> = {
        filter: 'state:ENABLED',
        fields: 'services/name,nextPageToken',
        pageSize: '200',
      };
      for (;;) {
        const { services = [], nextPageToken } = await api.request<ServiceList>('GET', parent, { query });
        if (services.some(({ name }) => name.endsWith(`/services/${service}`))) return true;
        if (!nextPageToken) return false;
        query.pageToken = nextPageToken;
      }
    };
    if (!(await isEnabled())) {
      const json = { serviceIds: [service] };
      const operation = await api.request<Operation>('POST', `${parent}:batchEnable`, { json });
      await waitForOperation(api, '/serviceusage/v1/v1/', operation);
      if (!(await isEnabled())) throw new Error(`${service} is still not enabled in project ${project}`);
    }
    await api.request('GET', `/crm/v1/v1/projects/${project}`);
    return { id: `${project}/${service}`, project };
  },
});
