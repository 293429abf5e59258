import type { JsonSchema } from './shape.ts';

/** A value of a secret that holds no others. */
export interface Leaf {
  /** Its names from the outside in: none where the whole secret is one value. */
  readonly path: readonly string[];
  readonly value: string | number | boolean | null;
  /** Whether it is masked wherever values are shown. */
  readonly isSecret: boolean;
}

/**
 * The values of a secret in JSON, in the order of the schema. What the schema marks with `x-secret`, and all that is in
 * it, is secret; so is what the schema does not declare.
 */
export function leavesOf(value: unknown, schema: JsonSchema | undefined): readonly Leaf[] {
  return visit(value, schema, [], false);
}

function visit(value: unknown, schema: unknown, path: readonly string[], isInSecret: boolean): Leaf[] {
  const declared = isRecord(schema) ? schema : undefined;
  const isSecret = isInSecret || !declared || declared['x-secret'] === true;
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => visit(item, declared?.items, [...path, String(index)], isSecret));
  }
  if (!isRecord(value)) return [{ path, value: value as Leaf['value'], isSecret }];
  const properties = isRecord(declared?.properties) ? declared.properties : {};
  const names = new Set([...Object.keys(properties), ...Object.keys(value)]);
  return [...names]
    .filter((name) => Object.hasOwn(value, name))
    .flatMap((name) => {
      const inner = Object.hasOwn(properties, name) ? properties[name] : declared?.additionalProperties;
      return visit(value[name], inner, [...path, name], isSecret);
    });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
