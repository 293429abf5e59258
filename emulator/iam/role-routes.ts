import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { type PageQuery, pageOf } from '../http/paging.ts';
import {
  type CloudState,
  organizationResource,
  projectIdOf,
  projectResource,
  requirePermission,
} from '../state.ts';
import type { Resource } from './authorizer.ts';
import type { CustomRole } from './custom-roles.ts';
import { ROLES } from './roles.ts';

type RoleInput = Partial<Omit<CustomRole, 'name' | 'deleted'>>;

interface Route {
  Params: { project?: string; organization?: string; role: string };
  Querystring: PageQuery & { view?: string; showDeleted?: string; updateMask?: string; etag?: string };
}

const FIELDS = ['title', 'description', 'includedPermissions', 'stage'] as const;

/**
 * Roles of IAM v1: the predefined ones can be read, those of a project or organization also made and changed
 * (https://cloud.google.com/iam/docs/creating-custom-roles).
 */
export function addRoleRoutes(app: FastifyInstance, state: CloudState): void {
  const { roles } = state.authorizer;
  app.get<{ Querystring: PageQuery & { view?: string } }>('/iam/v1/roles', async (request) => {
    const { items, nextPageToken } = pageOf([...ROLES.keys()], request.query, 300);
    return { roles: items.map((name) => predefined(name, request.query.view === 'FULL')), nextPageToken };
  });
  app.get<Route>('/iam/v1/roles/:role', async ({ params: { role } }) => {
    if (ROLES.has(`roles/${role}`)) return predefined(`roles/${role}`, true);
    throw new GoogleApiError('NOT_FOUND', `The role named roles/${role} was not found.`);
  });
  for (const parent of ['projects/:project', 'organizations/:organization'])
    addCustom(`/iam/v1/${parent}/roles`);

  function addCustom(base: string): void {
    const path = `${base}/:role([^:/]+)`;
    app.post<Route & { Body: { roleId?: string; role?: RoleInput } | undefined }>(base, async (request) => {
      const { name: parent } = demand(request, 'create');
      const { roleId = '', role = {} } = request.body ?? {};
      if (!/^[a-zA-Z0-9_.]{3,64}$/.test(roleId)) {
        throw new GoogleApiError(
          'INVALID_ARGUMENT',
          `The role_id '${roleId}' must match [a-zA-Z0-9_.]{3,64}.`,
        );
      }
      const name = `${parent}/roles/${roleId}`;
      if (roles.of(parent).some((other) => other.name === name)) {
        throw new GoogleApiError('ALREADY_EXISTS', `A role named ${roleId} in ${parent} already exists.`);
      }
      return roles.put({
        stage: 'ALPHA',
        includedPermissions: [],
        ...chosen(role, FIELDS),
        name,
        etag: etag(),
      });
    });
    app.get<Route>(base, async (request) => {
      const { name: parent } = demand(request, 'list');
      const { view, showDeleted } = request.query;
      const found = roles.of(parent).filter(({ deleted }) => !deleted || showDeleted === 'true');
      const { items, nextPageToken } = pageOf(found, request.query, 300);
      const briefly = ({ includedPermissions: _, ...role }: CustomRole) => role;
      return { roles: view === 'FULL' ? items : items.map(briefly), nextPageToken };
    });
    app.get<Route>(path, async (request) => existing(request, 'get'));
    app.patch<Route & { Body: RoleInput | undefined }>(path, async (request) => {
      const role = live(existing(request, 'update'), request.body?.etag);
      const { updateMask } = request.query;
      const masked = updateMask
        ?.split(',')
        .map((field) => (field === 'included_permissions' ? 'includedPermissions' : field));
      const fields = FIELDS.filter((field) => !masked || masked.includes(field));
      return roles.put({ ...role, ...chosen(request.body ?? {}, fields), etag: etag() });
    });
    app.delete<Route>(path, async (request) => {
      const role = live(existing(request, 'delete'), request.query.etag);
      return roles.put({ ...role, deleted: true, etag: etag() });
    });
    app.post<Route>(`${path}::undelete`, async (request) => {
      const { deleted, ...role } = existing(request, 'undelete');
      if (deleted) return roles.put({ ...role, etag: etag() });
      throw new GoogleApiError('FAILED_PRECONDITION', `The role named ${role.name} is not deleted.`);
    });
  }

  function demand(request: FastifyRequest, verb: string): Resource {
    const { project, organization = '' } = request.params as Route['Params'];
    const parent =
      project === undefined
        ? organizationResource(organization)
        : projectResource(projectIdOf(state, project));
    requirePermission(state, request, `iam.roles.${verb}`, parent);
    return parent;
  }

  function existing(request: FastifyRequest, verb: string): CustomRole {
    const { name } = demand(request, verb);
    return roles.get(`${name}/roles/${(request.params as Route['Params']).role}`);
  }
}

/** @throws GoogleApiError FAILED_PRECONDITION for a deleted one, ABORTED where somebody else was faster */
function live(role: CustomRole, given: string | undefined): CustomRole {
  if (role.deleted) {
    throw new GoogleApiError(
      'FAILED_PRECONDITION',
      `The role named ${role.name} is deleted: undelete it first.`,
    );
  }
  if (given && given !== role.etag) {
    throw new GoogleApiError('ABORTED', 'There were concurrent role changes: read the role again.');
  }
  return role;
}

function chosen(input: RoleInput, fields: readonly (typeof FIELDS)[number][]): RoleInput {
  return Object.fromEntries(
    fields.flatMap((field) => (input[field] === undefined ? [] : [[field, input[field]]])),
  );
}

function predefined(name: string, isFull: boolean) {
  const includedPermissions = [...(ROLES.get(name) ?? [])].sort();
  return { name, stage: 'GA', etag: 'AA==', ...(isFull && { includedPermissions }) };
}

function etag(): string {
  return randomBytes(6).toString('base64');
}
