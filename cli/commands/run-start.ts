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
 * @param container image to run the service from as a container; `true` builds it
 * @throws CommandError, SecretError, UnsupportedConfigurationError, ApplyError
 */
export async function runStart(io: Io, container?: string | true): Promise<void> {
  const signal = io.stopSignal();
  const cleanup = new AsyncDisposableStack();
  const log = createServiceLog((line) => print(io, paint(io, 'dim', line)));
  try {
    const running = await startLocal(io, {
      projectDirectory: projectDirectoryOf(io),
      container,
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
  { url, serviceUrl, identity, key, object, notes }: Running,
  milliseconds: number,
): string {
  return `
${notes.map((note) => `${paint(io, 'yellow', 'Note')}  ${note}\n`).join('')}
Ready in ${(milliseconds / 1000).toFixed(1)} s: ${paint(io, ['bold', 'cyan'], url)}

  runs as   ${identity}
  decrypts  ${object}
  with      ${key}

Try next:
  - Ask the service itself, without your identity token. It is private, so this answers 403:
      curl -i ${serviceUrl}
  - Show the values: put "revealValues": true into the context in cdktf.json and start again.
  - Read the Terraform that was applied here, in cdktf.out:
      npx cdktf synth

Ctrl-C stops everything.
`;
}
