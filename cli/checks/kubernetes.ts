import { execFile } from 'node:child_process';
import { CommandError } from '../errors.ts';
import { isLocal } from '../google/environment.ts';
import type { Environment } from '../io.ts';

/** What the API server of a cluster answered. */
export interface KubernetesAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks a cluster's API server.
 *
 * @param path such as `/api/v1/namespaces/shop/services/orders`
 * @throws CommandError when it does not answer, with what mends that
 */
export type KubernetesGet = (path: string) => Promise<KubernetesAnswer>;

/** A workload, as far as its checks have to find it. */
export interface Workload {
  readonly namespace: string;
  /** Full name of the cluster. */
  readonly cluster: string;
  /** Context of the kubeconfig; undefined for the one that gcloud writes. */
  readonly kubeContext: string | undefined;
}

/** What kubectl says where the API server answered, and the status that it had. */
const REASONS: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  InternalError: 500,
  ServiceUnavailable: 503,
};

/** An instance may have to start first. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Asks by kubectl, which knows every way to a cluster that there is: with the credentials, and under the name, that
 * the kubeconfig has.
 */
export function askWithKubectl({ cluster, kubeContext }: Workload, environment: Environment): KubernetesGet {
  const [, project = '', , location = '', , name = ''] = cluster.split('/');
  const written = isLocal(environment) ? 'local-gke' : `gke_${project}_${location}_${name}`;
  const context = kubeContext ?? written;
  const args = ['--context', context, '--request-timeout=30s', 'get', '--raw'];
  const fetchContext = `gcloud container clusters get-credentials ${name} --location=${location} --project=${project}`;
  return (path) =>
    new Promise((resolve, reject) => {
      const options = { env: environment, timeout: PATIENCE_MILLISECONDS, maxBuffer: 32 * 1024 * 1024 };
      execFile('kubectl', [...args, path], options, (error, stdout, stderr) => {
        if (!error) return resolve({ status: 200, text: stdout });
        const status = REASONS[/^Error from server \((\w+)\)/m.exec(stderr)?.[1] ?? ''];
        if (status !== undefined) return resolve({ status, text: stderr.trim() });
        const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        const problem = isMissing
          ? 'kubectl is not installed, which asks the cluster. Install it: gcloud components install kubectl gke-gcloud-auth-plugin'
          : `The cluster ${name} does not answer by the context ${context}: ${stderr.trim().split('\n').at(-1)}. ` +
            `Where there is no such context: ${fetchContext}`;
        reject(new CommandError(problem, { cause: error }));
      });
    });
}
