import type { XStatic } from 'typebox/schema';

/** What the plaintext of a secret is: JSON, text in UTF-8 such as a PEM file or a token, or any bytes. */
export type SecretFormat = 'json' | 'text' | 'bytes';

/**
 * A JSON Schema. `description` says what is allowed wherever a problem is told; `x-secret` marks what is masked
 * wherever values are shown; `x-max-age` says how old a value may get: `12h`, `90d`, `26w`.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the plaintext of a secret must be. */
export interface SecretShape {
  /** @default 'json' */
  readonly format?: SecretFormat | undefined;
  /** What a value in JSON, or a text, must be. @default any JSON object, any text */
  readonly schema?: JsonSchema | undefined;
}

/** The type of a secret's value by its shape; a schema gives it when it is written `as const`. */
export type ValueOf<Shape extends SecretShape> = Shape extends { readonly format: 'bytes' }
  ? Uint8Array
  : Shape extends { readonly format: 'text' }
    ? string
    : Shape extends { readonly schema: infer Schema extends JsonSchema }
      ? Frozen<XStatic<Schema>>
      : Readonly<Record<string, unknown>>;

type Frozen<Value> = Value extends object ? { readonly [Key in keyof Value]: Frozen<Value[Key]> } : Value;

/** What a value is, without the value. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (value === '') return 'an empty string';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
