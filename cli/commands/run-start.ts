import { once } from 'node:events';
import { type Io, paint, print } from '../io.ts';
import { createServiceLog } from '../local/start/service-log.ts';
import { type Running, startLocal } from '../local/start/start.ts';
import { step } from '../output/step.ts';
import { projectDirectoryOf } from '../project-directory.ts';

/**
 * The command `start`: runs everything until Ctrl-C or SIGTERM, which stop it all and are how it is meant to end: exit
 * code 0. A second Ctrl-C does not wait (exit code 130). After a failure everything is stopped as well.
 *
 * @param options.container image to run the service from as a container; `true` builds it
 * @param options.gke whether it runs on the local GKE, whatever the settings say
 * @throws CommandError, SecretError, UnsupportedConfigurationError, ApplyError
 */
export async function runStart(
  io: Io,
  { container, gke }: { readonly container?: string | true; readonly gke?: boolean } = {},
): Promise<void> {
  const signal = io.stopSignal();
  const cleanup = new AsyncDisposableStack();
  const log = createServiceLog((line) => print(io, paint(io, 'dim', line)));
  try {
    const running = await startLocal(io, {
      projectDirectory: projectDirectoryOf(io),
      container,
      gke,
      signal,
      cleanup,
      onServiceLog: log.add,
    });
    print(io, summary(io, running, performance.now()));
    log.follow();
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (signal.aborted) return;
    log.print();
    throw error;
  } finally {
    await step(io, 'Stop the service and the local Google Cloud', () => cleanup.disposeAsync());
  }
}

function summary(
  io: Io,
  { url, serviceUrl, identity, workload, key, object, notes }: Running,
  milliseconds: number,
): string {
  return `
${notes.map((note) => `${paint(io, 'yellow', 'Note')}  ${note}\n`).join('')}
Ready in ${(milliseconds / 1000).toFixed(1)} s: ${paint(io, ['bold', 'cyan'], url)}

  runs as   ${identity}
  decrypts  ${object}
  with      ${key}

Try next, in another terminal:
${workload ? onGke(workload) : onCloudRun(serviceUrl)}
  - Change the secret, and watch the page follow (every command works here, as on Google Cloud):
      npx cloud-run-identity set DB_HOST --local
  - Break something, and see how you are told:
      npx cloud-run-identity local fault vpc-sc
      npx cloud-run-identity doctor --local

Ctrl-C stops everything.
`;
}

function onCloudRun(serviceUrl: string): string {
  return `  - Ask the service itself, without your identity token. It is private, so this answers 403:
      curl -i ${serviceUrl}`;
}

function onGke({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `  - It runs on the local GKE, as deployment ${name} in the namespace ${namespace}. docs/gke.md tells what to do
    with kubectl there.`;
}
