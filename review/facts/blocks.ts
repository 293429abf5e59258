import { isMap } from '../terraform/values.ts';

/** The arguments of a resource, or of a block in it, as Terraform's JSON syntax has them. */
export type Arguments = Readonly<Record<string, unknown>>;

/** The blocks under one name: Terraform takes a single one with and without a list around it. */
export function blocks(value: unknown): Arguments[] {
  return (Array.isArray(value) ? value : [value]).filter(isMap);
}

/** What stands at the end of a path of nested blocks; undefined when a block on the way is missing. */
export function argumentAt(args: Arguments, ...path: string[]): unknown {
  return path.reduce<unknown>((value, name) => blocks(value)[0]?.[name], args);
}

/** The value when it is known and text, otherwise undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value as a whole number, which Terraform also takes as text; undefined when it is none. */
export function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** Whether an argument is switched on; Terraform also takes the text `true`. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
