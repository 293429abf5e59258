import { once } from 'node:events';
import { styleText } from 'node:util';
import { createCleanup } from '../local/start/cleanup.ts';
import { createServiceLog } from '../local/start/service-log.ts';
import { type Running, startLocal } from '../local/start/start.ts';
import { step } from '../local/start/step.ts';
import { stopOnSignals } from './stop-signals.ts';

/**
 * The command `start`: runs everything until Ctrl-C or SIGTERM, which stop it all and are how it is meant to end: exit
 * code 0. A second Ctrl-C does not wait (exit code 130). After a failure everything is stopped as well.
 *
 * @param container image to run the service from as a container; `true` builds it
 * @throws CommandError, SecretError, UnsupportedConfigurationError, ApplyError
 */
export async function runStart(projectDirectory: string, container?: string | true): Promise<void> {
  const signal = stopOnSignals();
  const cleanup = createCleanup();
  const log = createServiceLog((line) => console.log(styleText('dim', line)));
  try {
    const running = await startLocal({
      projectDirectory,
      container,
      signal,
      cleanup,
      onServiceLog: log.add,
    });
    console.log(summary(running, performance.now()));
    log.follow();
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (signal.aborted) return;
    log.print();
    throw error;
  } finally {
    await step('Stop the service and the local Google Cloud', () => cleanup.run());
  }
}

function summary({ url, serviceUrl, identity, key, object, notes }: Running, milliseconds: number): string {
  return `
${notes.map((note) => `${styleText('yellow', 'Note')}  ${note}\n`).join('')}
Ready in ${(milliseconds / 1000).toFixed(1)} s: ${styleText(['bold', 'cyan'], url)}

  runs as   ${identity}
  decrypts  ${object}
  with      ${key}

Try next:
  - Ask the service itself, without your identity token. It is private, so this answers 403:
      curl -i ${serviceUrl}
  - Show the values: put "revealValues": true into the context in cdktf.json and start again.
  - Read the Terraform that was applied here, in cdktf.out:
      npm run synth

Ctrl-C stops everything.
`;
}
