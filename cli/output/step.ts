import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from 'listr2';
import type { Io } from '../io.ts';

/** Shows what a step is doing at the moment. */
export type Report = (text: string) => void;

/**
 * Runs one step of a command with its progress and its time: a live line on a terminal, plain lines elsewhere.
 *
 * @returns what the action returns; its error is thrown on, and shown by whoever catches it
 */
export async function step<Result>(
  { stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>,
  title: string,
  action: (report: Report) => Promise<Result>,
): Promise<Result> {
  const running = Promise.withResolvers<Result>();
  const output = new ProcessOutput(stdout as NodeJS.WriteStream, stderr as NodeJS.WriteStream);
  const rendererOptions = { timer: PRESET_TIMER, logger: new ListrLogger({ processOutput: output }) };
  const list = new Listr(
    {
      title,
      task: async (_, task) => {
        const report: Report = (text) => {
          task.output = text;
        };
        running.resolve((async () => action(report))());
        await running.promise.catch(() => {
          throw new Error('not done');
        });
      },
    },
    {
      exitOnError: false,
      // The command itself handles signals, so that it can stop everything that it started.
      registerSignalListeners: false,
      fallbackRendererCondition: stdout.isTTY !== true,
      rendererOptions,
      fallbackRendererOptions: rendererOptions,
    },
  );
  await list.run();
  return running.promise;
}
