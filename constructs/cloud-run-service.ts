import {
  type CloudRunServiceConfig,
  CloudRunService as RunService,
} from '@cdktf/provider-google/lib/cloud-run-service/index.js';
import { CloudRunServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-service-iam-member/index.js';
import type { ITerraformDependable, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import { type CloudRunOptions, revisionAnnotations, serviceAnnotations } from './cloud-run-annotations.ts';
import { type Identity, nameOf, type RunIdentity } from './identity.ts';
import { LABELS } from './labels.ts';
import { CONTAINER_PORT, livenessProbe, startupProbe } from './probes.ts';
import { noteReason } from './review-notes.ts';
import { ROLES, type Role } from './roles.ts';

/** A service to deploy. */
export interface CloudRunServiceProps extends CloudRunOptions {
  /** Up to 49 characters. */
  readonly name: string;
  /** A region. */
  readonly location: string;
  /** Needed by {@link CloudRunService.grantInvoke}. @default the provider's project */
  readonly projectId?: string;
  /** Full image reference, with tag or digest. */
  readonly image: string;
  /** Who the service runs as. */
  readonly identity: RunIdentity;
  /** Environment of the container. Not the place for a secret: it is readable in the plan and the state. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the first revision needs in order to start: its grants and its secrets. */
  readonly dependsOn: ITerraformDependable[];
}

/**
 * Step 7 of the article: a Cloud Run service that runs as its own identity. A revision counts as deployed
 * only when its startup probe says that the secrets were read and decrypted; until then Cloud Run keeps
 * sending requests to the revision before it.
 */
export class CloudRunService extends Construct {
  readonly name: string;
  /** HTTPS address of the service, known once it is deployed. */
  readonly url: string;
  readonly #props: CloudRunServiceProps;
  readonly #service: RunService;
  readonly #invokers = new Map<string, TerraformResource>();
  /** What was added after the construction. */
  readonly #environment: Record<string, string> = {};
  readonly #audiences = new Set<string>();

  constructor(scope: Construct, id: string, props: CloudRunServiceProps) {
    super(scope, id);
    this.#props = props;
    this.#service = new RunService(this, 'Default', {
      name: props.name,
      project: props.projectId,
      location: props.location,
      autogenerateRevisionName: true,
      metadata: this.#metadata(),
      template: this.#template(),
      traffic: [{ latestRevision: true, percent: 100 }],
      dependsOn: props.dependsOn,
    });
    this.name = props.name;
    this.url = this.#service.status.get(0).url;
  }

  /** Lets anyone on the internet invoke the service, as `gcloud run deploy --allow-unauthenticated` does. */
  allowUnauthenticated(): TerraformResource {
    // Nobody has checked a token any more.
    if ('INVOKER_REQUIRED' in this.#environment) this.addEnvironment({ INVOKER_REQUIRED: 'false' });
    return this.#grant('public-invoker', ROLES.invoker, 'allUsers');
  }

  /**
   * Lets the identity invoke the service. Its ID tokens have the audience {@link audience}, which is known before the
   * service has an address; the service finds it in the variable TOKEN_AUDIENCE.
   *
   * @returns the grant
   * @throws Error when the service has no `projectId`
   */
  grantInvoke(identity: Identity): TerraformResource {
    this.#audiences.add(this.audience);
    // Cloud Run has checked the callers' tokens then, and removes the signatures.
    const isPublic = this.#invokers.has('public-invoker');
    this.addEnvironment({ TOKEN_AUDIENCE: this.audience, ...(!isPublic && { INVOKER_REQUIRED: 'true' }) });
    return this.#grant(`${nameOf(identity)}-invoker`, ROLES.serviceInvoker, identity.member);
  }

  /** The audience of ID tokens for this service: its full resource name. */
  get audience(): string {
    const { projectId, location, name } = this.#props;
    if (projectId !== undefined) {
      return `//run.googleapis.com/projects/${projectId}/locations/${location}/services/${name}`;
    }
    throw new Error(
      `${this.node.path} needs the prop projectId: callers name the service by it in their ID tokens.`,
    );
  }

  /** Adds variables to the container's environment. Not the place for a secret. */
  addEnvironment(environment: Readonly<Record<string, string>>): void {
    Object.assign(this.#environment, environment);
    this.#service.putMetadata(this.#metadata());
    this.#service.putTemplate(this.#template());
  }

  #grant(id: string, role: Role, member: string): TerraformResource {
    const made = this.#invokers.get(id);
    if (made) return made;
    noteReason(this, role);
    const grant = new CloudRunServiceIamMember(this, id, {
      project: this.#props.projectId,
      service: this.#service.name,
      location: this.#service.location,
      role: role.name,
      member,
    });
    this.#invokers.set(id, grant);
    return grant;
  }

  #metadata(): NonNullable<CloudRunServiceConfig['metadata']> {
    const { customAudiences = [], labels } = this.#props;
    return {
      labels: { ...labels, ...LABELS },
      annotations: serviceAnnotations({
        ...this.#props,
        customAudiences: [...new Set([...customAudiences, ...this.#audiences])],
      }),
    };
  }

  #template(): NonNullable<CloudRunServiceConfig['template']> {
    const props = this.#props;
    const environment = { ...props.environment, ...this.#environment };
    return {
      metadata: { annotations: revisionAnnotations(props) },
      spec: {
        serviceAccountName: props.identity.email,
        containerConcurrency: props.concurrency ?? 80,
        timeoutSeconds: props.timeoutSeconds ?? 60,
        containers: [
          {
            image: props.image,
            env: Object.entries(environment).map(([name, value]) => ({ name, value })),
            ports: [{ name: 'http1', containerPort: CONTAINER_PORT }],
            resources: { limits: { cpu: props.cpu ?? '1', memory: props.memory ?? '512Mi' } },
            startupProbe,
            livenessProbe,
          },
        ],
      },
    };
  }
}
