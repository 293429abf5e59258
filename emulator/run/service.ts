import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../iam/authorizer.ts';
import { emailOf, type Principal } from '../iam/principal.ts';
import { Front } from './front.ts';
import { Instance } from './instance.ts';
import type { ServiceInput } from './knative.ts';
import { Revision, type RevisionFailure, type RunContext } from './revision.ts';

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
  /** The revision that was made last, whether it came up or not. */
  created: Revision | undefined;
  /** The revision that serves. */
  ready: Revision | undefined;
  /** Why the last one does not. */
  failure: RevisionFailure | undefined;
  /** Since when the conditions are as they are. */
  transitionTime: string;
  readonly #context: RunContext;
  readonly #front: Front;
  #revisionCount = 0;
  #deployment: Promise<void> = Promise.resolve();
  #closed = false;

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
    this.transitionTime = this.createTime;
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
    const front = await Front.open({ state: context.state, resource, serving: () => service?.ready }, port);
    service = new Service(context, resource, input, creator, front);
    service.replace(input, creator, clientName);
    return service;
  }

  /** Makes a service as it was saved, at its old address if that is free, and deploys its template again. */
  static async load(context: RunContext, resource: Resource, saved: SavedService): Promise<Service> {
    const { input, creator, generation, revisionCount, port, ...others } = saved;
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
    };
  }

  /** The address of the service. */
  get url(): string {
    return this.#front.url;
  }

  /** Whether the last written generation is still being deployed. */
  get deploying(): boolean {
    return this.failure === undefined && this.created !== this.ready;
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
    if (!templateChanged && this.created && !this.failure) return;
    this.#revisionCount += 1;
    this.nonce = randomBytes(4).toString('hex');
    const { name } = input.metadata;
    const generated = `${name}-${String(this.#revisionCount).padStart(5, '0')}-${suffix()}`;
    const revision = new Revision(
      this.#context,
      name,
      input.spec.template.metadata?.name ?? generated,
      input.spec.template,
    );
    const superseded = this.deploying ? this.created : undefined;
    this.created = revision;
    this.#settled(undefined);
    const earlier = this.#deployment;
    this.#deployment = (async () => {
      await superseded?.retire();
      await earlier;
      await this.#deploy(revision);
    })();
  }

  /** Returns when the last written generation serves or has failed. */
  async settled(): Promise<void> {
    await this.#deployment;
  }

  /** Stops everything that runs for the service. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.created?.retire(), this.ready?.retire()]);
    await this.#deployment;
    await this.#front.close();
  }

  /** The new revision serves once it is up; until then, and if it fails, the one before goes on. */
  async #deploy(revision: Revision): Promise<void> {
    const outcome = await revision.instance();
    if (this.#closed || revision !== this.created) return;
    if (!(outcome instanceof Instance)) {
      this.#settled(outcome);
      return;
    }
    const before = this.ready;
    this.ready = revision;
    this.#settled(undefined);
    await before?.retire();
  }

  #settled(failure: RevisionFailure | undefined): void {
    this.failure = failure;
    this.transitionTime = this.#context.state.now().toISOString();
  }
}

/** Three characters as Cloud Run appends them to revision names. */
function suffix(): string {
  return [...randomBytes(3)].map((byte) => 'bcdfghjklmnpqrstvwxz0123456789'[byte % 30]).join('');
}
