import { CommandError } from '../errors.ts';
import type { TerraformProgram } from './terraform.ts';

/** Values of a resource's arguments and attributes. */
export type Values = Readonly<Record<string, unknown>>;

/** A change of one resource (https://developer.hashicorp.com/terraform/internals/json-format#change-representation). */
export interface ResourceChangeJson {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly after_unknown?: unknown;
    readonly replace_paths?: readonly (readonly (string | number)[])[];
    readonly importing?: { readonly id?: string };
  };
}

/** What `terraform show -json` says of a saved plan, as far as it is read here. */
export interface PlanJson {
  readonly format_version: string;
  readonly resource_changes?: readonly ResourceChangeJson[];
  /** What was found to be different from the state. */
  readonly resource_drift?: readonly ResourceChangeJson[];
  readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
  readonly errored?: boolean;
  readonly complete?: boolean;
}

/** What happens to a resource. */
export type Action = 'added' | 'adopted' | 'changed' | 'replaced' | 'destroyed' | 'forgotten';

/** One resource that an apply changes. */
export interface PlannedChange {
  readonly action: Action;
  readonly address: string;
  readonly type: string;
  /** Whether its replacement is made, and used, before it goes. */
  readonly isReplacedFirst: boolean;
  /** Undefined where it is not there yet. */
  readonly before: Values | undefined;
  /** Undefined where it is not there any more; what only the apply will tell is missing. */
  readonly after: Values | undefined;
  /** Arguments that differ, such as `location`: those that force the replacement, or all that change. */
  readonly because: readonly string[];
}

/** What a plan says. */
export interface PlannedChanges {
  readonly changes: readonly PlannedChange[];
  /** Resources that stay as they are. */
  readonly unchanged: readonly { readonly address: string; readonly type: string; readonly before: Values }[];
  /** Resources that somebody changed or removed behind Terraform's back. */
  readonly drift: readonly { readonly address: string; readonly type: string; readonly isGone: boolean }[];
  /** Whether applying it does nothing. */
  readonly isEmpty: boolean;
}

/** By Terraform's own names of actions, in their order. */
const ACTIONS: Readonly<Record<string, Action | 'nothing'>> = {
  'no-op': 'nothing',
  read: 'nothing',
  create: 'added',
  update: 'changed',
  delete: 'destroyed',
  forget: 'forgotten',
  'delete,create': 'replaced',
  'create,delete': 'replaced',
  'create,forget': 'replaced',
};

/**
 * Reads a plan: what it does to which resource.
 *
 * @param product whose plan it is, for the remedy
 * @throws CommandError for what it does not know, and for a plan that is not whole: unknown is never good
 */
export function readPlan(plan: PlanJson, product: TerraformProgram['product']): PlannedChanges {
  if (!plan.format_version?.startsWith('1.')) {
    throw new CommandError(
      `The plan is of format ${plan.format_version}, and only 1.x is known. Use ${product} of version 1.`,
    );
  }
  if (plan.errored || plan.complete === false) {
    throw new CommandError('The plan is not whole: what it leaves out, nobody can say. Nothing was changed.');
  }
  const changes = (plan.resource_changes ?? []).flatMap(plannedChange);
  const outputs = Object.values(plan.output_changes ?? {}).filter(({ actions }) => actions[0] !== 'no-op');
  return {
    changes,
    unchanged: (plan.resource_changes ?? []).flatMap(({ address, type, mode, change }) =>
      mode === 'managed' && change.actions[0] === 'no-op' && change.before
        ? [{ address, type, before: change.before }]
        : [],
    ),
    drift: (plan.resource_drift ?? []).map(({ address, type, change }) => ({
      address,
      type,
      isGone: change.actions.includes('delete'),
    })),
    isEmpty: changes.length === 0 && outputs.length === 0,
  };
}

function plannedChange({ address, mode, type, change }: ResourceChangeJson): PlannedChange[] {
  const named = ACTIONS[change.actions.join(',')];
  if (named === undefined) {
    throw new CommandError(
      `The plan does ${JSON.stringify(change.actions)} to ${address}, which is not known here: nobody can say what is lost. Nothing was changed.`,
    );
  }
  const isAdopted = change.importing !== undefined && named !== 'replaced' && named !== 'destroyed';
  if (mode === 'data' || (named === 'nothing' && !isAdopted)) return [];
  return [
    {
      action: isAdopted ? 'adopted' : (named as Action),
      address,
      type,
      isReplacedFirst: change.actions.join() === 'create,delete',
      before: change.before ?? undefined,
      after: change.after ?? undefined,
      because: differing(named, change),
    },
  ];
}

function differing(named: Action | 'nothing', change: ResourceChangeJson['change']): string[] {
  if (named === 'replaced') return [...new Set((change.replace_paths ?? []).map(pathText))];
  if (named !== 'changed') return [];
  const { before, after } = change;
  const unknown = (change.after_unknown ?? {}) as Values;
  const names = new Set([before, after].flatMap((values) => Object.keys(values ?? {})));
  return [...names].filter(
    (name) => unknown[name] !== true && JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  );
}

function pathText(steps: readonly (string | number)[]): string {
  return steps.filter((step) => typeof step === 'string').join('.');
}
