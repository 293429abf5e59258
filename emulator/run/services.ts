import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import type { Resource } from '../iam/authorizer.ts';
import { type ServiceAccounts, serviceAccountResource } from '../iam/service-accounts.ts';
import type { Persistent } from '../persistence.ts';
import { decide, projectIdOf, projectResource, requirePermission } from '../state.ts';
import { readService, type ServiceInput } from './knative.ts';
import type { RunContext } from './revision.ts';
import { type SavedService, Service } from './service.ts';

/** What a path names a service by. */
export interface ServicePath {
  /** Id or number. */
  readonly project: string;
  /** @default the local cloud's region */
  readonly location?: string | undefined;
  readonly name: string;
}

/** The Cloud Run services of the local cloud, and the methods that both versions of the API have. */
export class Services implements Persistent {
  readonly context: RunContext;
  readonly #accounts: ServiceAccounts;
  readonly #services = new Map<string, Service>();

  constructor(context: RunContext, accounts: ServiceAccounts) {
    this.context = context;
    this.#accounts = accounts;
  }

  /** A service as a resource, whether it exists or not. `project` is an id or a number. */
  resourceOf({ project, location, name }: ServicePath): Resource {
    const { state } = this.context;
    const parent = `projects/${projectIdOf(state, project)}`;
    const resource = `${parent}/locations/${location ?? state.region}/services/${name}`;
    const service = 'run.googleapis.com';
    return { name: resource, type: `${service}/Service`, service, policies: [resource, parent] };
  }

  /** The service of that name. @throws GoogleApiError NOT_FOUND */
  find(path: ServicePath): Service {
    const { name } = path;
    const service = this.#services.get(this.resourceOf(path).name);
    if (service) return service;
    const { project } = this.context.state;
    const region = path.location ?? this.context.state.region;
    throw new GoogleApiError(
      'NOT_FOUND',
      `Resource '${name}' of kind 'SERVICE' in region '${region}' in project '${project.projectId}' does not exist.`,
    );
  }

  /** All services. */
  all(): Service[] {
    return [...this.#services.values()];
  }

  /** All services of a location, `-` for every one, that the caller may list. @throws GoogleApiError PERMISSION_DENIED */
  list(request: FastifyRequest, project: string, location = this.context.state.region): Service[] {
    const resource = projectResource(projectIdOf(this.context.state, project));
    requirePermission(this.context.state, request, 'run.services.list', resource);
    return this.all().filter((service) => location === '-' || service.location === location);
  }

  /** A service that the caller may read. @throws GoogleApiError PERMISSION_DENIED, NOT_FOUND */
  get(request: FastifyRequest, path: ServicePath): Service {
    requirePermission(this.context.state, request, 'run.services.get', this.resourceOf(path));
    return this.find(path);
  }

  /**
   * The service whose last write is the operation of that id.
   * @throws GoogleApiError PERMISSION_DENIED; NOT_FOUND also when another write came after
   */
  withOperation(request: FastifyRequest, project: string, operationId: string): Service {
    const resource = projectResource(projectIdOf(this.context.state, project));
    requirePermission(this.context.state, request, 'run.operations.get', resource);
    const service = [...this.#services.values()].find((candidate) => candidate.operationId === operationId);
    if (service) return service;
    throw new GoogleApiError('NOT_FOUND', `Requested entity was not found: operation ${operationId}.`);
  }

  /**
   * Makes a service and begins to deploy it.
   * @param body the Knative service, as it came in
   * @throws GoogleApiError PERMISSION_DENIED, INVALID_ARGUMENT, ALREADY_EXISTS
   */
  async create(request: FastifyRequest, path: Omit<ServicePath, 'name'>, body: unknown): Promise<Service> {
    const { project } = path;
    const { state } = this.context;
    requirePermission(state, request, 'run.services.create', projectResource(projectIdOf(state, project)));
    const input = readService(body);
    this.#requireActAs(request, input);
    const { name } = input.metadata;
    const resource = this.resourceOf({ ...path, name });
    if (this.#services.has(resource.name)) {
      throw new GoogleApiError('ALREADY_EXISTS', `Resource '${name}' already exists.`);
    }
    const service = await Service.create(
      this.context,
      resource,
      input,
      request.principal,
      clientName(request),
    );
    state.authorizer.add(resource.name);
    this.#services.set(resource.name, service);
    return service;
  }

  /** Replaces what was written of a service. @throws GoogleApiError PERMISSION_DENIED, NOT_FOUND, INVALID_ARGUMENT, ABORTED */
  replace(request: FastifyRequest, path: ServicePath, body: unknown): Service {
    const { name } = path;
    requirePermission(this.context.state, request, 'run.services.update', this.resourceOf(path));
    const service = this.find(path);
    const input = readService(body);
    this.#requireActAs(request, input);
    const { resourceVersion } = input.metadata;
    if (resourceVersion && resourceVersion !== service.resourceVersion) {
      throw new GoogleApiError(
        'ABORTED',
        `Conflict for resource '${name}': version '${resourceVersion}' was specified but current version is '${service.resourceVersion}'.`,
      );
    }
    service.replace(input, request.principal, clientName(request));
    return service;
  }

  /** Deletes a service, and returns when nothing of it runs any more. @throws GoogleApiError PERMISSION_DENIED, NOT_FOUND */
  async delete(request: FastifyRequest, path: ServicePath): Promise<Service> {
    requirePermission(this.context.state, request, 'run.services.delete', this.resourceOf(path));
    const service = this.find(path);
    this.#services.delete(service.resource.name);
    this.context.state.authorizer.remove(service.resource.name);
    await service.close();
    return service;
  }

  /** What a restart needs of each service. */
  save(): [name: string, saved: SavedService][] {
    return this.all().map((service) => [service.input.metadata.name, service.save()]);
  }

  /** Takes back what `save` gave, and deploys each service again. */
  async load(saved: readonly [name: string, saved: SavedService][]): Promise<void> {
    const { projectId } = this.context.state.project;
    for (const [name, service] of saved) {
      const resource = this.resourceOf({ project: projectId, location: service.location, name });
      this.#services.set(resource.name, await Service.load(this.context, resource, service));
    }
  }

  /** Stops every instance and every front. */
  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.close()));
    this.#services.clear();
    this.context.reaper.close();
  }

  /** Who deploys a service acts as its identity from then on, so needs to be allowed to. */
  #requireActAs(request: FastifyRequest, input: ServiceInput): void {
    const { project } = this.context.state;
    const defaultIdentity = `${project.projectNumber}-compute@developer.gserviceaccount.com`;
    const email = input.spec.template.spec.serviceAccountName ?? defaultIdentity;
    const resource = serviceAccountResource(project.projectId, email);
    const exists =
      email === defaultIdentity || this.#accounts.list().some((account) => account.email === email);
    if (exists && decide(this.context.state, request, 'iam.serviceAccounts.actAs', resource).granted) return;
    throw new GoogleApiError(
      'PERMISSION_DENIED',
      `Permission 'iam.serviceaccounts.actAs' denied on service account ${email} (or it may not exist).`,
    );
  }
}

/** The client that Cloud Run notes in the annotation `run.googleapis.com/client-name`. */
function clientName({ headers }: FastifyRequest): string | undefined {
  return headers['user-agent']?.match(/terraform|gcloud/i)?.[0].toLowerCase();
}
