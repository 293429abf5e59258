import { type ActiveFault, NAMED_FAULTS, type NamedFault } from '@cloud-run-identity/local-cloud';
import { CommandError } from '../errors.ts';
import { type Io, paint, print, printJson } from '../io.ts';
import type { LocalEndpoint } from '../local/cloud/endpoint-file.ts';

/** Arguments of `cloud-run-identity local fault`. */
export interface RunLocalFaultOptions {
  /** Which one to set, or to clear. @default all of them */
  readonly name?: string | undefined;
  readonly clear?: boolean;
  /** Whom it hits, e.g. `serviceAccount:EMAIL`. @default everybody */
  readonly member?: string;
  /** How many requests it hits. @default no limit */
  readonly times?: number;
  readonly json?: boolean;
}

/**
 * The command `local fault`: lists what can break in the running local cloud and what is broken, breaks it, and mends it.
 *
 * @throws CommandError for a name that there is not, or in the local cloud's own words
 */
export async function runLocalFault(
  io: Io,
  endpoint: LocalEndpoint,
  { name, clear, json, ...choice }: RunLocalFaultOptions,
): Promise<void> {
  const chosen = name === undefined ? undefined : NAMED_FAULTS[name];
  if (name !== undefined && !chosen) {
    throw new CommandError(`There is no fault ${name}. There are: ${Object.keys(NAMED_FAULTS).join(', ')}.`);
  }
  if (clear) await clearFaults(endpoint, name);
  else if (name !== undefined && chosen) {
    await clearFaults(endpoint, name);
    for (const fault of chosen.faults)
      await call(endpoint, 'POST', '/local/v1/faults', { ...fault, ...choice, name });
  }
  const { faults } = await call<{ faults: ActiveFault[] }>(endpoint, 'GET', '/local/v1/faults');
  if (json) return printJson(io, { faults });
  if (clear) print(io, name === undefined ? 'Nothing is broken.' : `${name} is mended.`);
  else if (name !== undefined && chosen) print(io, broken(io, name, chosen));
  else print(io, overview(io, faults));
}

function broken(io: Io, name: string, { what, told }: NamedFault): string {
  return `${paint(io, 'yellow', name)}: ${what}.

Clients are told: ${told}

See how it is told on:
  npx cloud-run-identity doctor --local
  npx cloud-run-identity get --local

Mend it: npx cloud-run-identity local fault ${name} --clear`;
}

function overview(io: Io, faults: readonly ActiveFault[]): string {
  const width = Math.max(...Object.keys(NAMED_FAULTS).map(({ length }) => length));
  const lines = Object.entries(NAMED_FAULTS).map(([name, { what }]) => {
    const own = faults.filter(({ fault }) => fault.name === name);
    const hits = own.reduce((sum, fault) => sum + fault.hits, 0);
    const state = own.length > 0 ? paint(io, 'yellow', `  [broken now, ${hits} requests hit]`) : '';
    return `  ${name.padEnd(width)}  ${what}${state}`;
  });
  const others = faults.filter(({ fault }) => fault.name === undefined).length;
  return [
    'What can break in the local Google Cloud:',
    ...lines,
    ...(others > 0 ? [`Besides, ${others} faults were set without a name.`] : []),
    '',
    'Break it: npx cloud-run-identity local fault NAME',
    'Mend all: npx cloud-run-identity local fault --clear',
  ].join('\n');
}

async function clearFaults(endpoint: LocalEndpoint, name: string | undefined): Promise<void> {
  if (name === undefined) {
    await call(endpoint, 'DELETE', '/local/v1/faults');
    return;
  }
  const { faults } = await call<{ faults: ActiveFault[] }>(endpoint, 'GET', '/local/v1/faults');
  for (const { id } of faults.filter(({ fault }) => fault.name === name)) {
    await call(endpoint, 'DELETE', `/local/v1/faults/${id}`);
  }
}

async function call<Answer>(
  { url, ownerToken }: LocalEndpoint,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${ownerToken}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const given = (await answer.json()) as Answer & { error?: { message: string } };
  if (answer.ok) return given;
  throw new CommandError(`The local cloud at ${url} refused: ${given.error?.message}`);
}
