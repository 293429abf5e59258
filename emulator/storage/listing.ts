import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { linearMatches } from '../iam/expression.ts';
import { globPattern } from './glob.ts';
import type { ObjectVersion } from './object-version.ts';
import type { Objects } from './objects.ts';
import { compareUtf8, page } from './page.ts';
import { booleanParameter, parameter } from './parameters.ts';

/** One page of a bucket's list. */
export interface ObjectList {
  readonly versions: readonly ObjectVersion[];
  /** The "folders": what names up to the delimiter have in common. */
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | undefined;
}

/** A line of the list: a generation, or a prefix that stands for all names that begin with it. */
interface Entry {
  readonly key: string;
  readonly version?: ObjectVersion;
}

/**
 * Lists objects in the order of their names, noncurrent generations too with `versions`
 * (https://cloud.google.com/storage/docs/json_api/v1/objects/list).
 * @throws GoogleApiError INVALID_ARGUMENT for a malformed matchGlob or page token
 */
export function listObjects(request: FastifyRequest, objects: Objects): ObjectList {
  const isSoftDeleted = booleanParameter(request, 'softDeleted');
  if (isSoftDeleted && booleanParameter(request, 'versions')) {
    throw new GoogleApiError('INVALID_ARGUMENT', 'softDeleted and versions cannot both be true.');
  }
  const all = isSoftDeleted ? objects.softDeleted() : objects.all(booleanParameter(request, 'versions'));
  const versions = all.filter(inRange(request));
  const entries = new Map(
    versions.flatMap((version) => entriesOf(request, version)).map((entry) => [entry.key, entry]),
  );
  const sorted = [...entries.values()].sort((a, b) => compareUtf8(a.key, b.key));
  const { items, nextPageToken } = page(request, sorted, (entry) => entry.key);
  return {
    versions: items.flatMap(({ version }) => version ?? []),
    prefixes: items.filter(({ version }) => !version).map(({ key }) => nameOf(key)),
    nextPageToken,
  };
}

function inRange(request: FastifyRequest): (version: ObjectVersion) => boolean {
  const prefix = parameter(request, 'prefix') ?? '';
  const startOffset = parameter(request, 'startOffset');
  const endOffset = parameter(request, 'endOffset');
  const glob = parameter(request, 'matchGlob');
  const pattern = glob === undefined ? undefined : globPattern(glob);
  return ({ name }) =>
    (pattern === undefined || linearMatches(name, pattern)) &&
    name.startsWith(prefix) &&
    (startOffset === undefined || compareUtf8(name, startOffset) >= 0) &&
    (endOffset === undefined || compareUtf8(name, endOffset) < 0);
}

/** The prefix of a name that has the delimiter after the asked prefix, else the generation itself. */
function entriesOf(request: FastifyRequest, version: ObjectVersion): Entry[] {
  const { name } = version;
  const own: Entry = { key: keyOf(name, version.generation), version };
  const delimiter = parameter(request, 'delimiter');
  if (delimiter === undefined) return [own];
  const at = name.indexOf(delimiter, (parameter(request, 'prefix') ?? '').length);
  if (at < 0) return [own];
  const prefix = name.slice(0, at + delimiter.length);
  const isTrailing = prefix === name && booleanParameter(request, 'includeTrailingDelimiter');
  return [{ key: keyOf(prefix, 0) }, ...(isTrailing ? [own] : [])];
}

/** Sorts like the name, then by generation: NUL sorts before all that a name may go on with, generations have 16 digits. */
function keyOf(name: string, generation: number): string {
  return `${name}\0${String(generation).padStart(16, '0')}`;
}

function nameOf(key: string): string {
  return key.slice(0, key.lastIndexOf('\0'));
}
