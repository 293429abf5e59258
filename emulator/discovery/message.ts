import type { Schema } from './documents.ts';
import { scalarFault, scalarValue } from './scalars.ts';

/** What of a request is not as the API has it. */
export interface Violation {
  /** Where, in the names of the protocol buffers, e.g. `policy.bindings[0]`; empty for the request itself. */
  readonly field: string;
  readonly description: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads JSON by the rules of protocol buffers (https://protobuf.dev/programming-guides/json/): fields may be named in
 * camel case or as in the .proto file, null is the same as absent, 64-bit numbers may be strings. Every field that the
 * schema does not have and every value of another type is a violation; messages never repeat a value, which may be a
 * secret, where Google's do.
 */
export class MessageReader {
  readonly violations: Violation[] = [];
  readonly #schemas: Readonly<Record<string, Schema>>;

  /** @param schemas those of the API, by name */
  constructor(schemas: Readonly<Record<string, Schema>>) {
    this.#schemas = schemas;
  }

  /**
   * The value with its fields in camel case and without nulls; of no use where there are violations.
   * @param field what violations call it
   */
  read(schema: Schema, value: unknown, field: string): unknown {
    if (schema.$ref) return this.read(this.#schemas[schema.$ref] ?? { type: 'any' }, value, field);
    if (schema.type === 'any' || value === undefined) return value;
    if (schema.type === 'array') return this.#readList(schema.items ?? { type: 'any' }, value, field);
    if (schema.type === 'object') return this.#readObject(schema, value, field);
    if (Array.isArray(value)) return this.#notRepeating(field);
    const fault = scalarFault(schema, value);
    return fault === undefined ? scalarValue(schema, value) : this.#fault(field, fault);
  }

  /** Notes a field that there is not. @param at the message that does not have it */
  unknown(name: string, at: string, why = 'Cannot find field.'): undefined {
    const where = at === '' ? '' : ` at '${at}'`;
    const description = `Invalid JSON payload received. Unknown name "${name}"${where}: ${why}`;
    this.violations.push({ field: at, description });
  }

  #readList(items: Schema, value: unknown, field: string): unknown {
    if (!Array.isArray(value)) return this.#fault(field, 'expected a list.');
    return value.map((item, index) => this.read(items, item, `${field}[${index}]`));
  }

  #readObject({ properties, additionalProperties }: Schema, value: unknown, field: string): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.#fault(field, 'expected an object.');
    }
    const present = Object.entries(value as Fields).filter(([, item]) => item !== null);
    if (additionalProperties) {
      const items = present.map(([key, item], index) => {
        return [key, this.read(additionalProperties, item, `${field}[${index}].value`)];
      });
      return Object.fromEntries(items);
    }
    if (!properties) return value;
    return Object.fromEntries(
      present.flatMap(([key, item]) => {
        const name = camelCase(key);
        const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
        if (!schema) return this.unknown(key, field) ?? [];
        return [
          [name, this.read(schema, item, field === '' ? snakeCase(name) : `${field}.${snakeCase(name)}`)],
        ];
      }),
    );
  }

  #notRepeating(field: string): undefined {
    const dot = field.lastIndexOf('.');
    const [parent, name] = [field.slice(0, Math.max(dot, 0)), camelCase(field.slice(dot + 1))];
    return this.unknown(name, parent, 'Proto field is not repeating, cannot start list.');
  }

  #fault(field: string, what: string): undefined {
    const description =
      field === ''
        ? 'Invalid JSON payload received. Root element must be a message.'
        : `Invalid value at '${field}' ${what}`;
    this.violations.push({ field, description });
  }
}

/** `key_ring_id` as `keyRingId`; a name in camel case stays as it is. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `KeyRing` and `keyRing` as `key_ring`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at) => (at === 0 ? '' : '_') + letter.toLowerCase());
}
