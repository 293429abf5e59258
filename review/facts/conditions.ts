import { isMap, isUnknown } from '../terraform/values.ts';
import type { Condition } from './model.ts';

/** The `condition` block of an IAM resource; none when there is none. */
export function conditionOf(value: unknown): { condition: Condition | null; isCertain: boolean } {
  if (isUnknown(value)) return { condition: { title: null, expression: value.text }, isCertain: false };
  const blocks = (Array.isArray(value) ? value : [value]).filter(
    (block) => block !== undefined && block !== null,
  );
  const [block] = blocks;
  if (block === undefined) return { condition: null, isCertain: true };
  if (!isMap(block)) return { condition: { title: null, expression: String(block) }, isCertain: false };
  const { title, expression } = block;
  return {
    condition: { title: typeof title === 'string' ? title : null, expression: String(expression) },
    isCertain: typeof expression === 'string' && blocks.length === 1,
  };
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
  if (!literal || literal.includes('${')) return undefined;
  try {
    return JSON.parse(literal);
  } catch {
    return undefined;
  }
}
