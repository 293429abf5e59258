import { problemOf, type RawSettings } from './raw-settings.ts';
import type { SettingsProblem } from './settings-error.ts';
import { keyOf, type Table, type ValuesOf } from './table.ts';

/** The settings of one thing (all services, a service, a secret), and where those that it has not are found. */
export interface Scope<T extends Table = Table> {
  readonly table: T;
  readonly raw: RawSettings;
  /** What it belongs to. */
  readonly parent?: Scope;
  /** How messages name it: `services[0]`; absent at the top of the context. */
  readonly label?: string;
  /** Where its settings stand, e.g. `environment variable GCP_SERVICES`. @default the context of cdktf.json */
  readonly source?: string;
  /** Whether the defaults are those of the list `services`. */
  readonly isListed?: boolean;
  /** What defaults may refer to besides settings. */
  readonly constants?: Readonly<Record<string, string>>;
}

/** A setting in force, for a reviewer. No setting is a secret. */
export interface SettingOrigin {
  /** Its key, e.g. `region` or `services[0].public`. */
  readonly name: string;
  /** `none` when the setting is off. */
  readonly value: string;
  /** `default`, `context of cdktf.json` or `environment variable X`. */
  readonly source: string;
}

/** How messages name a setting of a scope, or of what it belongs to. */
export function labelOf(scope: Scope, name: string): string {
  const owner = ownerOf(scope, name) ?? scope;
  const found = owner.raw[name];
  if (found) return found.label;
  return owner.label === undefined ? name : `${owner.label}.${keyOf(name)}`;
}

/** How to set a setting. */
export function fixOf(scope: Scope, name: string): string {
  const owner = ownerOf(scope, name) ?? scope;
  const found = owner.raw[name];
  if (found) return found.fix;
  if (owner.label !== undefined) return `set "${labelOf(owner, name)}" in the ${owner.source}`;
  const { variable } = owner.table[name] ?? {};
  return `set "${name}" in the context of cdktf.json${variable ? `, or ${variable}` : ''}`;
}

/** The value of a setting as text; undefined where none is set and the thing is off. */
export function textOf(scope: Scope, name: string): string | undefined {
  const owner = ownerOf(scope, name);
  if (!owner) return constantOf(scope, name);
  // Only defaults are templates: whatever looks like one in a value that was set is meant literally.
  return (
    owner.raw[name]?.value ??
    defaultOf(owner, name)?.replace(REFERENCE, (_, other: string) => textOf(owner, other) ?? '')
  );
}

/** The values of a scope's own settings. Those that are wrong have some value, and a problem. */
export function valuesOf<T extends Table>(scope: Scope<T>): ValuesOf<T> {
  const values = Object.entries(scope.table).flatMap(([name, { rule }]) => {
    const text = textOf(scope, name);
    return text === undefined ? [] : [[name, rule.accepts(text) ? rule.parse(text) : text] as const];
  });
  return Object.fromEntries(values) as unknown as ValuesOf<T>;
}

/** Where each of a scope's own values came from. */
export function originsOf(scope: Scope): SettingOrigin[] {
  return Object.keys(scope.table).map((name) => ({
    name: labelOf(scope, name),
    value: textOf(scope, name) ?? 'none',
    source: scope.raw[name]?.source ?? 'default',
  }));
}

/** A problem for each of a scope's own settings whose value its rule does not accept. */
export function problemsOf(scope: Scope): SettingsProblem[] {
  const names = Object.keys(scope.table);
  return [
    ...names.flatMap((name) => {
      const found = scope.raw[name];
      return found && !isValid(scope, name) ? [problemOf(found, allowedFor(scope, name))] : [];
    }),
    ...names.filter((name) => isDerivedWrong(scope, name)).map((name) => derivedProblem(scope, name)),
  ];
}

const REFERENCE = /<(\w+)>/g;

function ownerOf(scope: Scope, name: string): Scope | undefined {
  if (Object.hasOwn(scope.table, name)) return scope;
  return scope.parent && ownerOf(scope.parent, name);
}

function constantOf(scope: Scope, name: string): string | undefined {
  // The path of a project of a domain, in addresses: https://cloud.google.com/artifact-registry/docs/docker/names.
  if (name === 'projectPath') return textOf(scope, 'projectId')?.replace(':', '/');
  return scope.constants?.[name] ?? (scope.parent && constantOf(scope.parent, name));
}

function defaultOf({ table, isListed }: Scope, name: string): string | undefined {
  const setting = table[name];
  return (isListed ? setting?.listed : undefined) ?? setting?.default;
}

function allowedFor({ table }: Scope, name: string): string {
  return table[name]?.rule.allowed ?? '';
}

/** The settings that a default is made from. */
function referencesOf(scope: Scope, name: string): string[] {
  const owner = ownerOf(scope, name);
  if (name === 'projectPath') return ['projectId'];
  if (!owner || owner.raw[name]) return [];
  const references = Array.from(
    defaultOf(owner, name)?.matchAll(REFERENCE) ?? [],
    ([, other]) => other ?? '',
  );
  return references.filter((other) => other === 'projectPath' || ownerOf(owner, other) !== undefined);
}

/**
 * Valid settings can still make an invalid default, e.g. a project id with the word "google" an invalid bucket
 * name. Nothing is said of a default that is made from something wrong: that is a problem already.
 */
function isDerivedWrong(scope: Scope, name: string): boolean {
  const references = referencesOf(scope, name);
  return references.length > 0 && !isValid(scope, name) && references.every((other) => isValid(scope, other));
}

function derivedProblem(scope: Scope, name: string): SettingsProblem {
  return {
    setting: labelOf(scope, name),
    source: `default, which follows from ${referencesOf(scope, name)
      .map((other) => labelOf(scope, other))
      .join(' and ')}`,
    got: textOf(scope, name),
    allowed: allowedFor(scope, name),
    fix: fixOf(scope, name),
  };
}

function isValid(scope: Scope, name: string): boolean {
  const owner = ownerOf(scope, name);
  if (!owner) return true;
  const found = owner.raw[name];
  if (found && found.value === undefined) return false;
  const text = textOf(owner, name);
  return text !== undefined && (owner.table[name]?.rule.accepts(text) ?? false);
}
