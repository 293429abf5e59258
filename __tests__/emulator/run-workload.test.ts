import { expect, it } from 'vitest';
import { dockerRun } from '../../emulator/run/workload.ts';

/** The value after an option. */
function option(args: readonly string[], name: string): string | undefined {
  return args[args.indexOf(name) + 1];
}

const container = { image: 'repository/image@sha256:0' };

it('runs a container read-only, without capabilities, and never another image than the one that is here', () => {
  const args = dockerRun('name', 'image:local', {}, container);
  expect(args.at(-1)).toBe('image:local');
  expect(args).toContain('--read-only');
  expect(option(args, '--cap-drop')).toBe('ALL');
  expect(option(args, '--security-opt')).toBe('no-new-privileges');
  expect(option(args, '--pull')).toBe('never');
});

it.each([
  [undefined, '536870912', '1'],
  [{ memory: '1Gi', cpu: '2' }, '1073741824', '2'],
  [{ memory: '600M', cpu: '500m' }, '600000000', '0.5'],
])('gives a container the limits %o', (limits, memory, cpus) => {
  const args = dockerRun(
    'name',
    'image:local',
    {},
    { ...container, ...(limits && { resources: { limits } }) },
  );
  expect([option(args, '--memory'), option(args, '--cpus')]).toEqual([memory, cpus]);
});

it('passes exactly the environment, with the metadata server under its usual name', () => {
  const environment = { PORT: '8081', GCE_METADATA_HOST: '127.0.0.1:4321', URL: 'http://127.0.0.1:1' };
  const args = dockerRun('name', 'image:local', environment, container);
  const variables = args.filter((_, index) => args[index - 1] === '--env');
  expect(variables).toEqual([
    'PORT=8081',
    'GCE_METADATA_HOST=metadata.google.internal:4321',
    'URL=http://127.0.0.1:1',
  ]);
  expect(option(args, '--add-host')).toBe('metadata.google.internal:127.0.0.1');
});
