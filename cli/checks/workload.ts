import { liveGeneration } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { BrokenError, type Check } from './check.ts';
import { DEPLOY, type Deployment, differencesFrom } from './deployment.ts';

const DIAGNOSE = 'npx cloud-run-identity doctor';

/** A Kubernetes object, as far as it is looked at. */
interface KubernetesObject {
  readonly metadata: {
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly type?: string;
    readonly template: {
      readonly spec: {
        readonly serviceAccountName?: string;
        readonly containers: readonly {
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** Whether the service answers, asked by way of the API server: it has no address outside. */
export const workloadAnswers: Check = {
  name: 'the service answers',
  async look(deployment) {
    const { status, text } = await askPods(deployment, '/health/startup');
    if (status === 200) return '/health/startup answers 200, by way of the API server';
    throw new BrokenError(`/health/startup answers ${status}: ${text.slice(0, 200)}`, DIAGNOSE);
  },
};

/** Whether every Pod is one of the newest template. */
export const newestRolledOut: Check = {
  name: 'the newest revision serves',
  async look(deployment) {
    const { name, namespace } = placeOf(deployment);
    const { metadata, spec, status = {} } = await deploymentObject(deployment);
    const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const wanted = spec.replicas ?? 1;
    const isNewest = observedGeneration >= (metadata.generation ?? 0) && updatedReplicas === replicas;
    if (isNewest && updatedReplicas >= wanted && availableReplicas >= wanted)
      return `${availableReplicas} Pods of the newest template are available`;
    const failed = status.conditions?.find((one) => one.type === 'Progressing' && one.status === 'False');
    throw new BrokenError(
      `Of ${wanted} Pods, ${updatedReplicas} have the newest template and ${availableReplicas} are available` +
        `${failed?.message ? `: ${failed.message}` : '.'}`,
      `kubectl -n ${namespace} logs deployment/${name} --all-containers --tail=50`,
    );
  },
};

/** Whether it is deployed with the identity, key and object that are declared. */
export const workloadAsDeclared: Check = {
  name: 'it runs as its own identity, with its own key and object',
  async look(deployment) {
    const differences = await differencesOf(deployment);
    if (differences.length === 0) return deployment.declared.identity;
    throw new BrokenError(`${differences.join('; ')}.`, DEPLOY);
  },
};

/** Whether the service itself says that it runs as the declared identity. */
export const workloadSaysWhoItIs: Check = {
  name: 'it says so itself',
  async look(deployment) {
    const declared = deployment.declared.identity;
    const { identity } = await readiness(deployment);
    if (identity === declared) return `/health/ready names ${identity}`;
    throw new BrokenError(`/health/ready names ${identity ?? 'no identity'}, not ${declared}.`, DIAGNOSE);
  },
};

/** Whether the service uses the newest generation. */
export const workloadHasNewest: Check = {
  name: 'it has loaded the newest generation',
  async look(deployment) {
    const { generation } = await readiness(deployment);
    const live = await liveGeneration(deployment.clients, deployment.declared);
    if (generation === live) return `generation ${live}`;
    throw new BrokenError(`It has loaded ${generation ?? 'none'}; ${live} is the newest.`, DIAGNOSE);
  },
};

/** Whether nothing outside of the cluster reaches it, as is declared. */
export const onlyInside: Check = {
  name: 'it is private, or public, as declared',
  async look(deployment) {
    const { name, namespace } = placeOf(deployment);
    const { spec } = await object(deployment, `/api/v1/namespaces/${namespace}/services/${name}`);
    if (spec.type === 'ClusterIP') return 'its Service is a ClusterIP: no address outside of the cluster';
    throw new BrokenError(
      `Its Service is a ${spec.type}, which has an address outside of the cluster.`,
      DEPLOY,
    );
  },
};

/** The link of the chain: the Deployment is there, as declared, and rolled out. */
export const rollout: Check = {
  name: 'revision',
  async look(deployment) {
    const differences = await differencesOf(deployment);
    if (differences.length > 0) {
      const { name } = deployment.declared;
      throw new BrokenError(
        `The Deployment ${name} is not as it is declared: ${differences.join('; ')}.`,
        DEPLOY,
      );
    }
    return newestRolledOut.look(deployment);
  },
};

/** The link of the chain: it answers that it has its config, and the newest one. */
export const workloadProbe: Check = {
  name: 'probe',
  async look(deployment) {
    const { name, namespace } = placeOf(deployment);
    const { status } = await askPods(deployment, '/health/startup');
    if (status !== 200) {
      throw new BrokenError(
        `The workload ${name} answers ${status} to its startup probe: it has no config.`,
        `kubectl -n ${namespace} logs deployment/${name} --tail=50`,
      );
    }
    const [{ generation }, live] = await Promise.all([
      readiness(deployment),
      liveGeneration(deployment.clients, deployment.declared),
    ]);
    if (generation === live) return `it answers 200 and has loaded generation ${live}`;
    throw new BrokenError(
      `The workload ${name} answers, but has loaded generation ${generation ?? 'unknown'}; ${live} is the current one.`,
      `kubectl -n ${namespace} rollout restart deployment/${name}`,
    );
  },
};

function placeOf({ declared }: Deployment): { readonly name: string; readonly namespace: string } {
  return { name: declared.name, namespace: declared.workload?.namespace ?? declared.name };
}

async function ask({ kubernetes }: Deployment, path: string) {
  if (!kubernetes) throw new CommandError('There is no cluster to ask: set "cluster" and "platform".');
  return kubernetes(path);
}

/** Any Pod of the Service that is ready, by way of the API server. */
function askPods(deployment: Deployment, path: string) {
  const { name, namespace } = placeOf(deployment);
  return ask(deployment, `/api/v1/namespaces/${namespace}/services/http:${name}:http/proxy${path}`);
}

async function object(deployment: Deployment, path: string): Promise<KubernetesObject> {
  const { status, text } = await ask(deployment, path);
  if (status === 200) return JSON.parse(text);
  const what = path.split('/').slice(-2).join('/');
  if (status === 404) throw new BrokenError(`There is no ${what} in the cluster.`, DEPLOY);
  throw new CommandError(
    status === 403
      ? `You may not look at ${what} in the cluster: ${text.slice(0, 300)} roles/container.viewer and, for the proxy, roles/container.developer allow it.`
      : `The API server answers ${status} for ${what}: ${text.slice(0, 300)}`,
  );
}

function deploymentObject(deployment: Deployment): Promise<KubernetesObject> {
  const { name, namespace } = placeOf(deployment);
  return object(deployment, `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
}

/** In what a workload departs from its declaration: identity and where its secret is. */
async function differencesOf(deployment: Deployment): Promise<string[]> {
  const { declared } = deployment;
  const { namespace } = placeOf(deployment);
  const { spec } = (await deploymentObject(deployment)).spec.template;
  const account = await object(
    deployment,
    `/api/v1/namespaces/${namespace}/serviceaccounts/${spec.serviceAccountName ?? 'default'}`,
  );
  const identity = account.metadata.annotations?.['iam.gke.io/gcp-service-account'];
  return differencesFrom(declared, identity, spec.containers[0]?.env);
}

/** What the service says of itself; nothing where it is something else that answers. */
async function readiness(
  deployment: Deployment,
): Promise<{ readonly identity?: string; readonly generation?: string }> {
  const { text } = await askPods(deployment, '/health/ready');
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
