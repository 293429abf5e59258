import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unauthenticated } from './http/server.ts';
import { addPolicyRoutes } from './iam/policy-routes.ts';
import {
  type CloudState,
  decide,
  organizationResource,
  projectIdOf,
  projectResource,
  requirePermission,
} from './state.ts';

/** Resource Manager v1 and v3: the one project (https://cloud.google.com/resource-manager/reference/rest). */
export function resourceManagerApi(state: CloudState) {
  return async (app: FastifyInstance) => {
    // Whoever may see the project finds it; everyone else finds nothing, which is no error.
    app.get<{ Querystring: { filter?: string } }>('/crm/v1/projects', async (request) => {
      const project = visible(request);
      return project ? { projects: [projectV1()] } : {};
    });
    app.get<{ Querystring: { query?: string } }>('/crm/v3/projects::search', async (request) => {
      const project = visible(request);
      return project ? { projects: [projectV3()] } : {};
    });
    for (const version of ['v1', 'v3']) {
      const path = `/crm/${version}/projects/:project([^:/]+)`;
      app.get<{ Params: { project: string } }>(path, async (request) => {
        requirePermission(state, request, 'resourcemanager.projects.get', resourceOf(request.params.project));
        return version === 'v1' ? projectV1() : projectV3();
      });
      addPolicyRoutes(app, state, {
        path,
        readBy: 'POST',
        permissions: 'resourcemanager.projects',
        resourceOf: (request) => resourceOf((request.params as { project: string }).project),
        // Another project has no policy here, so nobody gets this far with one.
        mustExist: () => {},
      });
      const organization = `/crm/${version}/organizations/:organization([^:/]+)`;
      const organizationOf = (request: FastifyRequest) =>
        organizationResource((request.params as { organization: string }).organization);
      app.get(organization, async (request) => {
        const { name } = organizationOf(request);
        requirePermission(state, request, 'resourcemanager.organizations.get', organizationOf(request));
        return {
          name,
          displayName: 'example.com',
          [version === 'v1' ? 'lifecycleState' : 'state']: 'ACTIVE',
        };
      });
      addPolicyRoutes(app, state, {
        path: organization,
        readBy: 'POST',
        permissions: 'resourcemanager.organizations',
        resourceOf: organizationOf,
        mustExist: () => {},
      });
    }
  };

  function visible(request: FastifyRequest): boolean {
    if (request.principal.member === undefined) {
      throw unauthenticated('Request is missing required authentication credential.', 'CREDENTIALS_MISSING');
    }
    const resource = projectResource(state.project.projectId);
    return decide(state, request, 'resourcemanager.projects.get', resource).granted;
  }

  function resourceOf(project: string) {
    return projectResource(projectIdOf(state, project));
  }

  function projectV1() {
    const { projectId, projectNumber, createTime } = state.project;
    return { projectNumber, projectId, lifecycleState: 'ACTIVE', name: projectId, createTime };
  }

  function projectV3() {
    const { projectId, projectNumber, createTime } = state.project;
    const name = `projects/${projectNumber}`;
    return { name, projectId, state: 'ACTIVE', displayName: projectId, createTime, updateTime: createTime };
  }
}
