import { CloudRunService as RunService } from '@cdktf/provider-google/lib/cloud-run-service/index.js';
import { CloudRunServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-service-iam-member/index.js';
import type { ITerraformDependable, TerraformResource } from 'cdktf';
import { Construct } from 'constructs';
import {
  type Ingress,
  revisionAnnotations,
  serviceAnnotations,
  type VpcEgress,
} from './cloud-run-annotations.ts';
import { LABELS } from './labels.ts';
import { CONTAINER_PORT, livenessProbe, startupProbe } from './probes.ts';
import { noteReason } from './review-notes.ts';
import { ROLES } from './roles.ts';
import type { ServiceIdentity } from './service-identity.ts';

/** A service to deploy. */
export interface CloudRunServiceProps {
  /** Up to 49 characters. */
  readonly name: string;
  /** A region. */
  readonly location: string;
  /** Full image reference, with tag or digest. */
  readonly image: string;
  /** Who the service runs as. */
  readonly identity: ServiceIdentity;
  /** Environment of the container. Not the place for a secret: it is readable in the plan and the state. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the first revision needs in order to start: its grants and its config. */
  readonly dependsOn: ITerraformDependable[];
  /** From where the service can be reached; who may invoke it is another question. @default 'all' */
  readonly ingress?: Ingress;
  /** CPUs of one instance, as Kubernetes writes them. @default '1' */
  readonly cpu?: string;
  /** Memory of one instance. @default 512, the least that the second-generation execution environment allows */
  readonly memoryMebibytes?: number;
  /** Instances that are kept running without requests. @default 0 */
  readonly minInstances?: number;
  /** Instances that there may be at most. @default 3 */
  readonly maxInstances?: number;
  /** Requests that one instance serves at a time. @default 80 */
  readonly concurrency?: number;
  /** How long one request may take. @default 60 */
  readonly timeoutSeconds?: number;
  /**
   * The Binary Authorization policy that images must satisfy: `default` or
   * `projects/P/platforms/cloudRun/policies/POLICY`. @default any image may run
   */
  readonly binaryAuthorization?: string;
  /** The VPC network that the service sends traffic through. @default none */
  readonly vpcEgress?: VpcEgress;
}

/**
 * Step 7 of the article: a Cloud Run service that runs as its own identity. A revision counts as deployed
 * only when its startup probe says that the config was read and decrypted; until then Cloud Run keeps
 * sending requests to the revision before it.
 */
export class CloudRunService extends Construct {
  /** HTTPS address of the service, known once it is deployed. */
  readonly url: string;
  readonly #service: RunService;

  constructor(scope: Construct, id: string, props: CloudRunServiceProps) {
    super(scope, id);
    this.#service = new RunService(this, 'Default', {
      name: props.name,
      location: props.location,
      autogenerateRevisionName: true,
      metadata: {
        labels: LABELS,
        annotations: serviceAnnotations({
          ingress: props.ingress ?? 'all',
          binaryAuthorization: props.binaryAuthorization,
        }),
      },
      template: {
        metadata: {
          annotations: revisionAnnotations({
            minInstances: props.minInstances ?? 0,
            maxInstances: props.maxInstances ?? 3,
            vpcEgress: props.vpcEgress,
          }),
        },
        spec: {
          serviceAccountName: props.identity.email,
          containerConcurrency: props.concurrency ?? 80,
          timeoutSeconds: props.timeoutSeconds ?? 60,
          containers: [container(props)],
        },
      },
      traffic: [{ latestRevision: true, percent: 100 }],
      dependsOn: props.dependsOn,
    });
    this.url = this.#service.status.get(0).url;
  }

  /** Lets anyone on the internet invoke the service, as `gcloud run deploy --allow-unauthenticated` does. */
  allowUnauthenticated(): TerraformResource {
    noteReason(this, ROLES.invoker);
    return new CloudRunServiceIamMember(this, 'public-invoker', {
      service: this.#service.name,
      location: this.#service.location,
      role: ROLES.invoker.name,
      member: 'allUsers',
    });
  }
}

function container(props: CloudRunServiceProps) {
  return {
    image: props.image,
    env: Object.entries(props.environment).map(([name, value]) => ({ name, value })),
    ports: [{ name: 'http1', containerPort: CONTAINER_PORT }],
    resources: { limits: { cpu: props.cpu ?? '1', memory: `${props.memoryMebibytes ?? 512}Mi` } },
    startupProbe,
    livenessProbe,
  };
}
