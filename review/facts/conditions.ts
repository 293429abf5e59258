import type { Condition } from './model.ts';

/** The `condition` block of an IAM resource; null when it has none. */
export function conditionOf(block: unknown): Condition | null {
  const [condition] = Array.isArray(block) ? block : [block];
  if (typeof condition !== 'object' || condition === null) return null;
  const { title, expression } = condition as Record<string, unknown>;
  return { title: typeof title === 'string' ? title : null, expression: String(expression) };
}

/** The whole expression `resource.name == "…"`; its string literal is JSON, as CEL's escapes are JSON's. */
const ONE_RESOURCE = /^\s*resource\.name\s*==\s*("(?:[^"\\]|\\.)*")\s*$/;

/**
 * The resource name that a condition allows, when it allows one and nothing else.
 *
 * @returns undefined for every other condition: what it allows is for the reader to judge
 */
export function onlyResourceOf(condition: Condition | null): string | undefined {
  const literal = condition && ONE_RESOURCE.exec(condition.expression)?.[1];
  if (!literal) return undefined;
  try {
    return JSON.parse(literal);
  } catch {
    return undefined;
  }
}
