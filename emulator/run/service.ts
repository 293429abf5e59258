import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../iam/authorizer.ts';
import { emailOf, type Principal } from '../iam/principal.ts';
import { Front } from './front.ts';
import { customAudiences, type ServiceInput } from './knative.ts';
import { Revision, type RunContext } from './revision.ts';
import { Rollout } from './rollout.ts';

/** What of a service survives a restart. */
export interface SavedService {
  readonly input: ServiceInput;
  readonly creator: string;
  readonly generation: number;
  readonly lastModifier: string;
  readonly operationId: string;
  readonly clientName: string | undefined;
  readonly createTime: string;
  readonly uid: string;
  readonly port: number;
  readonly revisionCount: number;
  /** The region. */
  readonly location: string;
}

/** A service, its revisions, and the address that it is reached at. */
export class Service {
  readonly resource: Resource;
  createTime: string;
  uid: string = randomUUID();
  creator: string;
  input: ServiceInput;
  generation = 0;
  lastModifier = '';
  operationId = '';
  /** What wrote it last: `terraform`, `gcloud`. */
  clientName: string | undefined;
  /** Told from one template to the next by clients that wait for theirs. */
  nonce = '';
  /** Which of its revisions serves. */
  readonly rollout: Rollout;
  /** Those that were made since the local cloud started, oldest first. */
  readonly revisions: Revision[] = [];
  readonly #context: RunContext;
  readonly #front: Front;
  #revisionCount = 0;

  private constructor(
    context: RunContext,
    resource: Resource,
    input: ServiceInput,
    creator: Principal,
    front: Front,
  ) {
    this.#context = context;
    this.#front = front;
    this.resource = resource;
    this.input = input;
    this.creator = emailOf(creator);
    this.createTime = context.state.now().toISOString();
    this.rollout = new Rollout(context.state.now);
  }

  /** Makes the service and begins to deploy its first revision. */
  static async create(
    context: RunContext,
    resource: Resource,
    input: ServiceInput,
    creator: Principal,
    clientName: string | undefined,
    port = 0,
  ) {
    let service: Service | undefined;
    const front = await Front.open(
      {
        state: context.state,
        resource,
        serving: () => service?.rollout.ready,
        audiences: () => customAudiences(service?.input.metadata.annotations) ?? [],
      },
      port,
    );
    service = new Service(context, resource, input, creator, front);
    service.replace(input, creator, clientName);
    return service;
  }

  /** Makes a service as it was saved, at its old address if that is free, and deploys its template again. */
  static async load(context: RunContext, resource: Resource, saved: SavedService): Promise<Service> {
    const { input, creator, generation, revisionCount, port, location: _, ...others } = saved;
    const author = { member: creator };
    const service = await Service.create(context, resource, input, author, others.clientName, port);
    // The template's revision was made anew; the numbers go on where they were.
    Object.assign(service, others, { generation, creator });
    service.#revisionCount = Math.max(revisionCount, 1);
    return service;
  }

  /** What a restart needs. */
  save(): SavedService {
    const { input, creator, generation, lastModifier, operationId, clientName, createTime, uid } = this;
    const port = Number(new URL(this.url).port);
    const revisionCount = this.#revisionCount;
    return {
      input,
      creator,
      generation,
      lastModifier,
      operationId,
      clientName,
      createTime,
      uid,
      port,
      revisionCount,
      location: this.location,
    };
  }

  /** The region that it is in. */
  get location(): string {
    return this.resource.name.split('/')[3] ?? '';
  }

  /** The address of the service. */
  get url(): string {
    return this.#front.url;
  }

  /** Changes with every write. */
  get resourceVersion(): string {
    return Buffer.from(`rv${this.generation}`).toString('base64url');
  }

  /** Takes the next generation; a changed template, or one whose revision failed, becomes a new revision. */
  replace(input: ServiceInput, modifier: Principal, clientName: string | undefined): void {
    const templateChanged = !isDeepStrictEqual(this.input.spec.template, input.spec.template);
    this.input = input;
    this.generation += 1;
    this.lastModifier = emailOf(modifier);
    this.clientName = clientName;
    this.operationId = randomUUID();
    if (!templateChanged && this.rollout.created && !this.rollout.failure) return;
    this.#revisionCount += 1;
    this.nonce = randomBytes(4).toString('hex');
    const { name } = input.metadata;
    const generated = `${name}-${String(this.#revisionCount).padStart(5, '0')}-${suffix()}`;
    const { template } = input.spec;
    const revision = new Revision(this.#context, name, template.metadata?.name ?? generated, template);
    this.revisions.push(revision);
    this.rollout.begin(revision);
  }

  /** Stops everything that runs for the service. */
  async close(): Promise<void> {
    await this.rollout.close();
    await this.#front.close();
  }
}

/** Three characters as Cloud Run appends them to revision names. */
function suffix(): string {
  return [...randomBytes(3)].map((byte) => 'bcdfghjklmnpqrstvwxz0123456789'[byte % 30]).join('');
}
