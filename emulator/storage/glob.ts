import { GoogleApiError } from '../http/errors.ts';

/**
 * A glob of `matchGlob` as a regular expression (https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob):
 * `*` is any text without a slash, `**` any text, `?` one character, `[a-z]` and `[!a-z]` one of them or none of them,
 * `{a,b}` one of several; a backslash takes the meaning away.
 * @throws GoogleApiError INVALID_ARGUMENT where a bracket is left open
 */
export function globPattern(glob: string): string {
  let depth = 0;
  const parts = (glob.match(/\\.|\*\*\/|\*\*|\[!?[^\]]*\]|[\s\S]/gu) ?? []).map((token) => {
    // No folder is some folders, too.
    if (token === '**/') return '(?:[\\s\\S]*/)?';
    if (token === '**') return '[\\s\\S]*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (/^\[.+\]$/s.test(token)) {
      return token.replace(/^\[!/, '[^').replace(/(?<=.)[\\[&~]/gs, '\\$&');
    }
    if (token === '{') depth += 1;
    if (token === '{') return '(?:';
    if (token === '}' && depth > 0) {
      depth -= 1;
      return ')';
    }
    if (token === ',' && depth > 0) return '|';
    if (token === '[') throw invalid(glob);
    return token.replace(/^\\/, '').replace(/[.+*?^${}()|[\]\\]/g, '\\$&');
  });
  if (depth > 0) throw invalid(glob);
  return `^${parts.join('')}$`;
}

function invalid(glob: string): GoogleApiError {
  return new GoogleApiError('INVALID_ARGUMENT', `Invalid value for query parameter matchGlob: ${glob}`, {
    location: { locationType: 'parameter', location: 'matchGlob' },
  });
}
