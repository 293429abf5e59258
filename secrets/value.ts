import { InvalidSecretError } from './errors.ts';
import { isPlainlyValid } from './plainly-valid.ts';
import { type SecretShape, typeName, type ValueOf } from './shape.ts';

/**
 * Reads the plaintext of a secret: bytes as they are; text in UTF-8, without its byte order mark; JSON, frozen.
 *
 * @throws InvalidSecretError with all problems at once. It never holds a value: the errors of JSON.parse and of the
 *   schema quote their input, so neither their text nor they themselves are passed on.
 */
export async function parseSecret<const Shape extends SecretShape>(
  bytes: Uint8Array,
  shape: Shape,
): Promise<ValueOf<Shape>> {
  const { format = 'json', schema } = shape;
  const value = format === 'bytes' ? bytes : format === 'text' ? decodeText(bytes) : parseJson(bytes);
  if (schema) {
    if (isPlainlyValid(schema, value)) return frozen(value) as ValueOf<Shape>;
    // Imported here: it takes longer to load than most programs that read a secret do.
    const { problemsOf } = await import('./problems.ts');
    const problems = problemsOf(schema, value);
    if (problems.length > 0) throw new InvalidSecretError(problems);
  } else if (format === 'json' && typeName(value) !== 'an object') {
    throw new InvalidSecretError([`must be a JSON object, got ${typeName(value)}`]);
  }
  return frozen(value) as ValueOf<Shape>;
}

function decodeText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === '') throw new InvalidSecretError(['is empty: a text is expected']);
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InvalidSecretError(['is not UTF-8 text']);
  }
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  if (text.trim() === '') throw new InvalidSecretError(['is empty: JSON is expected']);
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = /\(line \d+ column \d+\)/.exec(String(error))?.[0];
    throw new InvalidSecretError([`is not valid JSON${place ? ` ${place}` : ''}`]);
  }
}

/** All the way down, without recursion: JSON may be nested deeper than the stack. Bytes cannot be frozen. */
function frozen(value: unknown): unknown {
  const waiting = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null || next instanceof Uint8Array) continue;
    waiting.push(...Object.values(Object.freeze(next)).filter((inner) => typeof inner === 'object'));
  }
  return value;
}
