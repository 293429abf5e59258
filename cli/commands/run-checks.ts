import { linkOfError } from '../checks/about-error.ts';
import { explain } from '../checks/broken.ts';
import type { Deployment } from '../checks/deployment.ts';
import { diagnose, type Finding } from '../checks/doctor.ts';
import { verify } from '../checks/verify.ts';
import { ExitError } from '../errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { clientsOfEnvironment } from '../google/environment.ts';
import { type Io, paint, print, printJson } from '../io.ts';
import { withProgress } from '../output/progress.ts';
import { formatTable } from '../output/table.ts';
import { chooseService, type DeclaredService, declaredServices } from '../secret/services.ts';

/** Arguments of `cloud-run-identity verify` and `doctor`. */
export interface RunChecksOptions {
  /** Name of one of several services in the settings. */
  readonly service?: string | undefined;
  /** Where the service answers, when it is not to be asked at its own address. */
  readonly url?: string | undefined;
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
 * @throws ExitError when something does not hold; CommandError for wrong settings
 */
export async function runVerify(io: Io, options: RunChecksOptions): Promise<void> {
  const deployment = await openDeployment(io, options, declaredService(io, options));
  const verdicts = await withProgress(io, 'Verifying', () => verify(deployment));
  const failed = verdicts.filter(({ holds }) => !holds);
  if (options.json) printJson(io, verdicts);
  else {
    const rows = verdicts.map(({ holds, claim, evidence }) => [mark(io, holds), claim, evidence]);
    print(io, formatTable(['', 'CHECK', 'EVIDENCE'], rows));
    for (const { claim, fix } of failed) print(io, `\nTo mend "${claim}":\n  ${fix}`);
    print(
      io,
      failed.length === 0
        ? `\nAll ${verdicts.length} checks hold.`
        : `\n${failed.length} of ${verdicts.length} checks do not hold.`,
    );
  }
  if (failed.length > 0) throw new ExitError(EXIT_CODES.found);
}

/**
 * The command `doctor`: walks from the settings to the service and stops at the first thing that is broken, with the
 * one command that mends it.
 *
 * @throws ExitError when something is broken
 */
export async function runDoctor(io: Io, options: RunDoctorOptions): Promise<void> {
  const { json, error } = options;
  const about = error === undefined ? undefined : linkOfError(error);
  if (error !== undefined && !json) {
    print(
      io,
      about ? `The error is about this link: ${about}\n` : 'The error tells nothing about where to look.\n',
    );
  }
  const show = (finding: Finding) => json || print(io, formatFinding(io, finding));
  const settings = await lookAtSettings(io, options);
  show(settings.finding);
  const findings = [settings.finding];
  if (settings.declared) {
    findings.push(...(await diagnose(await openDeployment(io, options, settings.declared), show)));
  }
  const broken = findings.find(({ isBroken }) => isBroken);
  if (json) printJson(io, { ...(error !== undefined && { about: about ?? null }), findings });
  else print(io, broken ? `\nTo mend it:\n  ${broken.fix}` : `\n${nothingBroken(about)}`);
  if (broken) throw new ExitError(EXIT_CODES.found);
}

async function lookAtSettings(
  io: Io,
  options: RunChecksOptions,
): Promise<{ finding: Finding; declared?: DeclaredService }> {
  try {
    const declared = declaredService(io, options);
    const { name, projectId, region } = declared;
    const text = `${name} in ${region} of project ${projectId}`;
    return { finding: { link: 'settings', isBroken: false, text }, declared };
  } catch (error) {
    const { problem, fix } = explain(error);
    return { finding: { link: 'settings', isBroken: true, text: problem, fix } };
  }
}

function declaredService(io: Io, { service }: RunChecksOptions): DeclaredService {
  return chooseService(declaredServices(io), service);
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
    clients: await clientsOfEnvironment(io.environment, declared.projectId),
  };
}

function formatFinding(io: Io, { link, isBroken, text }: Finding): string {
  return `${mark(io, !isBroken)} ${link.padEnd(14)} ${text}`;
}

function nothingBroken(about: string | undefined): string {
  if (about === undefined) return 'Nothing is broken.';
  return (
    `Nothing is broken, neither is what the error is about (${about}): it was mended since, or the change has not ` +
    'reached every server, which takes two minutes as a rule and seven or more at times. Try again.'
  );
}

function mark(io: Io, holds: boolean): string {
  return holds ? paint(io, 'green', '✓') : paint(io, 'red', '✗');
}
