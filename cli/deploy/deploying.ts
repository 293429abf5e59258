import { type AccessChange, differenceOf, reviewPlans } from '@cloud-run-identity/review';
import type { GoogleClients } from '@cloud-run-identity/secrets';
import type { Settings } from '../../settings/index.ts';
import { CommandError } from '../errors.ts';
import { type Io, print } from '../io.ts';
import type { SynthesizedStack } from '../local/synthesize.ts';
import type { Carried } from './carry-over.ts';
import { type Consent, requireConsent } from './consent.ts';
import { foreignProjects, lossesOf } from './losses.ts';
import { applyPatiently } from './patience.ts';
import { type PlannedChanges, readPlan } from './plan.ts';
import { screenOf } from './screen.ts';
import type { DeployedSecret } from './secrets.ts';
import { initialize, plan, type SavedPlan } from './stack.ts';
import { realLosses, stakesOf } from './stakes.ts';
import type { Terraform } from './terraform.ts';

/** What a deployment works with, the same from beginning to end. */
export interface Deploying {
  readonly io: Io;
  readonly settings: Settings;
  readonly secrets: readonly DeployedSecret[];
  readonly clients: GoogleClients;
  readonly terraform: Terraform;
  readonly consent: Consent;
  /** What is deployed to, for people: `Google Cloud`. */
  readonly target: string;
  /** Synthesizes the stacks anew, by name. @throws CommandError with what the app printed */
  readonly synthesize: () => Promise<ReadonlyMap<string, SynthesizedStack>>;
}

/** A stack's plan, read, with what brings its secrets along. */
export interface StackPlan {
  readonly saved: SavedPlan;
  readonly planned: PlannedChanges;
  readonly options: readonly string[];
  readonly carried: readonly Carried[];
}

/**
 * Plans one stack.
 *
 * @throws TerraformError; CommandError when its state is that of another project
 */
export async function planStack(
  { io, settings, terraform }: Deploying,
  stack: SynthesizedStack,
  options: readonly string[] = [],
): Promise<StackPlan> {
  io.stderr.write(`Planning ${stack.name} …\n`);
  await initialize(terraform, stack);
  const saved = await plan(terraform, stack, options);
  const planned = readPlan(saved.json, terraform.program.product);
  assertOwnState(planned, stack, settings);
  return { saved, planned, options, carried: [] };
}

/** The stack of a name. @throws CommandError when the app has made none */
export function stackOf(stacks: ReadonlyMap<string, SynthesizedStack>, name: string): SynthesizedStack {
  const stack = stacks.get(name);
  if (stack) return stack;
  throw new CommandError(
    `main.ts must make the stack ${name}; it made ${[...stacks.keys()].join(', ') || 'none'}.`,
  );
}

function assertOwnState(planned: PlannedChanges, { name }: SynthesizedStack, { projectId }: Settings): void {
  const [first] = foreignProjects(planned, projectId);
  if (!first) return;
  const [address, project] = first;
  throw new CommandError(
    `The state of ${name} is that of another project: ${address} is in ${project}, and the settings say ${projectId}. ` +
      'Deploying would destroy what is there. Nothing was changed. Set projectId (GCP_PROJECT_ID) to that project, ' +
      'or give this deployment a state of its own (stateBucket and statePrefix, or stateDirectory).',
  );
}

/**
 * Shows plans on one screen, asks once, and applies exactly these, one after the other. A plan that changes nothing is
 * neither asked about nor applied.
 *
 * @param verb `Deploy` or `Destroy`
 * @throws CommandError when the consent is not given: nothing has changed then; TerraformError
 */
export async function askAndApply(
  deploying: Deploying,
  plans: readonly StackPlan[],
  verb: 'Deploy' | 'Destroy',
): Promise<void> {
  const { io, settings, terraform, secrets, target, clients, consent } = deploying;
  const { projectId, region } = settings;
  const { access, losses, stakes } = await weigh(clients, plans, secrets);
  const preposition = verb === 'Deploy' ? 'to' : 'from';
  const title = `${verb} ${preposition} project ${projectId} (${region}) on ${target}`;
  const stacks = plans.map(({ saved, planned }) => ({ name: saved.stack.name, planned }));
  const carried = plans.flatMap((one) => one.carried);
  print(io, screenOf(io, { title, stacks, access, losses, stakes, carried }));
  const pending = plans.filter(({ planned }) => !planned.isEmpty);
  if (pending.length === 0) return;
  await requireConsent(io, consent, { question: `${title}?`, losses, access });
  for (const { saved, planned, options } of pending) {
    await applyPatiently(terraform, saved, { planned, secrets, options });
  }
}

async function weigh(
  clients: GoogleClients,
  plans: readonly StackPlan[],
  secrets: readonly DeployedSecret[],
) {
  const losses = plans.flatMap(({ planned }) => lossesOf(planned, secrets));
  const stakes = await stakesOf(
    clients,
    losses.filter(({ kind }) => kind !== 'key'),
  );
  return {
    access: accessChanges(plans),
    losses: realLosses(losses, stakes),
    stakes,
  };
}

/**
 * Who gains and loses access, by the review of all the plans together. What it cannot tell counts as gained. What others
 * changed stands on the screen by itself: no plan does it. Policies are checked where they are known whole, at the
 * synthesis: a plan has neither lifecycles nor exceptions.
 */
function accessChanges(plans: readonly StackPlan[]): AccessChange[] {
  const { review, before } = reviewPlans(
    plans.map(({ saved: { stack, file, json } }) => ({
      stack: stack.name,
      json: { ...json, resource_drift: [] },
      file,
    })),
  );
  return differenceOf(before, review).access.filter(({ kind }) => kind !== 'policy' && kind !== 'exception');
}
