import { readRefusal, type SecretError } from '@cloud-run-identity/secrets';
import { type Finding, lookAt, toTheEnd, untilBroken } from '../checks/check.ts';
import type { Deployment } from '../checks/deployment.ts';
import { chainOf, linkOfError } from '../checks/doctor.ts';
import { askWithKubectl } from '../checks/kubernetes.ts';
import { proofsOf } from '../checks/verify.ts';
import { ExitError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { clientsOfEnvironment } from '../google/environment.ts';
import { type Io, paint, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';
import { chooseSecret, type DeclaredService, declaredServices } from '../secret/services.ts';

/** Arguments of `cloud-run-identity verify` and `doctor`. */
export interface RunChecksOptions {
  /** Name of one of several services in the settings. */
  readonly service?: string | undefined;
  /** Name of one of its secrets. */
  readonly secret?: string | undefined;
  /** Where the service answers, when it is not to be asked at its own address. */
  readonly url?: string | undefined;
  /** What cannot be proven is listed, and is no failure. */
  readonly acceptNotProven?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Arguments of `cloud-run-identity doctor`. */
export interface RunDoctorOptions extends RunChecksOptions {
  /** Text of the error that somebody got. */
  readonly error?: string | undefined;
}

/**
 * The command `verify`: a table of everything that must hold of the deployment, each with its evidence.
 *
 * @throws ExitError when something does not hold, or nobody can tell; CommandError for wrong settings
 */
export async function runVerify(io: Io, options: RunChecksOptions): Promise<void> {
  const deployment = await openDeployment(io, options, declaredService(io, options));
  const findings = await withProgress(io, 'Verifying', () => toTheEnd(proofsOf(deployment), deployment));
  printFindings(io, findings, options);
}

/**
 * Prints a table of what was found, with what mends each that does not hold.
 *
 * @throws ExitError when something does not hold, or nobody can tell
 */
export function printFindings(
  io: Io,
  findings: readonly Finding[],
  { json, acceptNotProven }: Pick<RunChecksOptions, 'json' | 'acceptNotProven'>,
): void {
  const failed = findings.filter(({ state }) => state !== 'holds');
  if (json) printJson(io, findings);
  else {
    const rows = findings.map((finding) => [mark(io, finding), finding.check, finding.text]);
    print(io, formatTable(['', 'CHECK', 'EVIDENCE'], rows));
    for (const { check, state, fix } of failed) {
      print(io, `\nTo ${state === 'broken' ? 'mend' : 'prove'} "${check}":\n  ${fix}`);
    }
    print(io, `\n${summary(findings)}${acceptNotProven ? accepted(findings) : ''}`);
  }
  throwUnlessProven(findings, acceptNotProven);
}

/** Not proven is as good as broken, unless it is said that it is accepted. */
function throwUnlessProven(findings: readonly Finding[], acceptNotProven = false): void {
  const isAccepted = ({ state }: Finding) => state === 'holds' || (acceptNotProven && state === 'not proven');
  if (!findings.every(isAccepted)) throw new ExitError(EXIT_CODES.found);
}

function accepted(findings: readonly Finding[]): string {
  const open = findings.filter(({ state }) => state === 'not proven').map(({ check }) => check);
  return open.length === 0 ? '' : `\nAccepted without proof: ${open.join('; ')}.`;
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Finding['state']) => findings.filter(({ state }) => state === wanted).length;
  const [broken, open] = [count('broken'), count('not proven')];
  if (broken + open === 0) return `All ${findings.length} checks hold.`;
  const parts = [broken > 0 && `${broken} do not hold`, open > 0 && `${open} cannot be proven`];
  return `Of ${findings.length} checks, ${parts.filter(Boolean).join(' and ')}.`;
}

/**
 * The command `doctor`: walks from the settings to the service and stops at the first thing that is broken, with the
 * one command that mends it.
 *
 * @throws ExitError when something is broken, or cannot be proven and that is not accepted
 */
export async function runDoctor(io: Io, options: RunDoctorOptions): Promise<void> {
  const { json, error, acceptNotProven } = options;
  const about = error === undefined ? undefined : linkOfError(error);
  const show = (finding: Finding) => json || print(io, formatFinding(io, finding));
  let declared: DeclaredService | undefined;
  const settings = await lookAt('settings', async () => {
    declared = declaredService(io, options);
    return `${declared.name} in ${declared.region} of project ${declared.projectId}`;
  });
  const refusal = error === undefined || !declared ? undefined : readRefusal(error, declared);
  if (error !== undefined && !json) print(io, `${inWords(refusal, about)}\n`);
  show(settings);
  const findings = [settings];
  if (declared) {
    const deployment = await openDeployment(io, options, declared);
    findings.push(...(await untilBroken(chainOf(deployment), deployment, show)));
  }
  const broken = findings.find(({ state }) => state === 'broken');
  if (json)
    printJson(io, { ...(error !== undefined && { about: about ?? null, ...saidBy(refusal) }), findings });
  else if (broken) print(io, `\nTo mend it:\n  ${broken.fix}`);
  else {
    for (const { check, state, fix } of findings) {
      if (state === 'not proven') print(io, `\nTo prove "${check}":\n  ${fix}`);
    }
    print(io, `\n${nothingBroken(findings, about)}${acceptNotProven ? accepted(findings) : ''}`);
  }
  throwUnlessProven(findings, acceptNotProven);
}

/** What an error says that somebody got, and where to look. */
function inWords(refusal: SecretError | undefined, about: string | undefined): string {
  if (!refusal && about === undefined) return 'The error tells nothing about where to look.';
  const { text, fix } = saidBy(refusal);
  return [
    ...(text === undefined ? [] : [`The error says: ${text}`, `Its remedy: ${fix}`]),
    ...(about === undefined ? [] : [`The error is about this link: ${about}`]),
  ].join('\n');
}

function saidBy(refusal: SecretError | undefined): { readonly text?: string; readonly fix?: string } {
  if (!refusal) return {};
  const { message, fix } = refusal;
  return { text: message.replace(` Fix: ${fix}`, ''), fix };
}

function declaredService(io: Io, { service, secret }: RunChecksOptions): DeclaredService {
  return chooseSecret(declaredServices(io), { service, secret });
}

async function openDeployment(
  io: Io,
  { url }: RunChecksOptions,
  declared: DeclaredService,
): Promise<Deployment> {
  return {
    declared,
    url,
    environment: io.environment,
    cwd: io.cwd,
    kubernetes: declared.workload && askWithKubectl(declared.workload, io.environment),
    clients: await clientsOfEnvironment(io.environment, declared.projectId),
  };
}

function formatFinding(io: Io, finding: Finding): string {
  return `${mark(io, finding)} ${finding.check.padEnd(14)} ${finding.text}`;
}

function nothingBroken(findings: readonly Finding[], about: string | undefined): string {
  const open = findings.filter(({ state }) => state === 'not proven').map(({ check }) => check);
  const rest = open.length === 0 ? '' : ` Not proven: ${open.join(', ')}.`;
  if (about === undefined) return `Nothing is broken.${rest}`;
  return (
    `Nothing is broken, neither is what the error is about (${about}): it was mended since, or the change has not ` +
    `reached every server, which takes two minutes as a rule and seven or more at times. Try again.${rest}`
  );
}

function mark(io: Io, { state }: Finding): string {
  if (state === 'holds') return paint(io, 'green', '✓');
  return state === 'broken' ? paint(io, 'red', '✗') : paint(io, 'yellow', '?');
}
