import type { Schema } from './documents.ts';

interface Kind {
  /** As Google's messages name it. */
  readonly name: string;
  readonly accepts: (value: unknown) => boolean;
  /** What Google adds for this kind. */
  readonly hint?: string;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumeric = (value: unknown) =>
  (typeof value === 'number' && Number.isFinite(value)) ||
  (isText(value) && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value));

function isInteger(value: unknown, minimum: bigint, maximum: bigint): boolean {
  const isWhole =
    typeof value === 'number' ? Number.isInteger(value) : isText(value) && /^-?\d+$/.test(value);
  return (
    isWhole && BigInt(value as string | number) >= minimum && BigInt(value as string | number) <= maximum
  );
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

const KINDS: Readonly<Record<string, Kind>> = {
  boolean: { name: 'TYPE_BOOL', accepts: (value) => typeof value === 'boolean' },
  int32: { name: 'TYPE_INT32', accepts: (value) => isInteger(value, -(2n ** 31n), 2n ** 31n - 1n) },
  uint32: { name: 'TYPE_UINT32', accepts: (value) => isInteger(value, 0n, 2n ** 32n - 1n) },
  int64: { name: 'TYPE_INT64', accepts: (value) => isInteger(value, -(2n ** 63n), 2n ** 63n - 1n) },
  uint64: { name: 'TYPE_UINT64', accepts: (value) => isInteger(value, 0n, 2n ** 64n - 1n) },
  number: { name: 'TYPE_DOUBLE', accepts: isNumeric },
  byte: {
    name: 'TYPE_BYTES',
    accepts: (value) => isText(value) && BASE64.test(value),
    hint: 'Base64 decoding failed.',
  },
  'google-datetime': {
    name: 'type.googleapis.com/google.protobuf.Timestamp',
    accepts: (value) => isText(value) && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value)),
    hint: "Illegal timestamp format; timestamps must end with 'Z' or have a valid timezone offset.",
  },
  'google-duration': {
    name: 'type.googleapis.com/google.protobuf.Duration',
    accepts: (value) => isText(value) && /^-?\d+(\.\d{1,9})?s$/.test(value),
    hint: "Illegal duration format; duration must end with 's'.",
  },
  string: { name: 'TYPE_STRING', accepts: isText },
};

/** The numbers of the enum values that clients send by number: those of Cloud KMS (google/cloud/kms/v1/resources.proto). */
const ENUM_NUMBERS: Readonly<Record<string, number>> = {
  ENCRYPT_DECRYPT: 1,
  ASYMMETRIC_SIGN: 5,
  ASYMMETRIC_DECRYPT: 6,
  RAW_ENCRYPT_DECRYPT: 7,
  MAC: 9,
  ENABLED: 1,
  DISABLED: 2,
  DESTROYED: 3,
  DESTROY_SCHEDULED: 4,
  SOFTWARE: 1,
  HSM: 2,
  EXTERNAL: 3,
  EXTERNAL_VPC: 4,
  GOOGLE_SYMMETRIC_ENCRYPTION: 1,
};

/** What is wrong with a value that is to be a string, a number, a boolean or an enum; undefined if nothing. */
export function scalarFault(schema: Schema, value: unknown): string | undefined {
  if (schema.enum) return enumName(schema.enum, value) === undefined ? '(TYPE_ENUM).' : undefined;
  const kind = kindOf(schema);
  if (!kind || kind.accepts(value)) return undefined;
  return kind.hint ? `(${kind.name}), ${kind.hint}` : `(${kind.name}).`;
}

/** The value in the one form that the handlers know: enums by name, 64-bit numbers as strings, others as numbers. */
export function scalarValue({ type, enum: names }: Schema, value: unknown): unknown {
  if (names) return enumName(names, value);
  if (type === 'integer' || type === 'number') return Number(value);
  return type === 'string' ? String(value) : value;
}

function enumName(names: readonly string[], value: unknown): string | undefined {
  if (value === 0) return names[0];
  return names.find((name) => name === value || (value !== undefined && ENUM_NUMBERS[name] === value));
}

function kindOf({ type = 'any', format = type }: Schema): Kind | undefined {
  return KINDS[format] ?? KINDS[type];
}
