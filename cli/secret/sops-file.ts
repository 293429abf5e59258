import { CommandError } from '../errors.ts';
import { parseJson, type Values } from './values.ts';

/** What to do with a file of sops that is not understood here. */
export function sopsItself(source: string): string {
  return `sops decrypts it itself: sops decrypt --output-type json ${source} | npx cloud-run-identity put -`;
}

/**
 * What a text is, when it is a file of sops: JSON, YAML, or .env, whose metadata are keys that begin with `sops_`.
 *
 * @returns the values, still encrypted, and under `sops` its metadata; undefined for any other text
 * @throws CommandError, without any of the text, for YAML that cannot be read
 */
export async function parseSops(text: string, source: string): Promise<Values | undefined> {
  if (/^sops_mac=/m.test(text)) return fromDotenv(text);
  const values = /^sops:/m.test(text) ? await fromYaml(text, source) : fromJson(text);
  return isObject(values) && isObject(values.sops) && 'mac' in values.sops ? values : undefined;
}

function fromJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

async function fromYaml(text: string, source: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    // Comments are no part of what sops authenticates.
    return parse(text, { stringKeys: true, logLevel: 'error' });
  } catch {
    // The parser's own words quote the file.
    throw new CommandError(
      `${source} is no YAML of one document that can be read here; ${sopsItself(source)}`,
    );
  }
}

/** As sops flattens it: `sops_gcp_kms__list_0__map_enc=…`, with `\n` for a line break. */
function fromDotenv(text: string): Values {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const pairs = lines.map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1).replaceAll('\\n', '\n')] as const;
  });
  const metadata = pairs.flatMap(([name, value]) =>
    name.startsWith('sops_') ? [[name.slice('sops_'.length), value] as const] : [],
  );
  const keys: Record<string, string>[] = [];
  for (const [name, value] of metadata) {
    const [, index, field] = /^gcp_kms__list_(\d{1,3})__map_(\w+)$/.exec(name) ?? [];
    if (field === undefined) continue;
    const key = keys[Number(index)] ?? {};
    key[field] = value;
    keys[Number(index)] = key;
  }
  return {
    ...Object.fromEntries(pairs.filter(([name]) => !name.startsWith('sops_'))),
    sops: {
      ...Object.fromEntries(metadata),
      gcp_kms: keys.filter(Boolean),
      ...(metadata.some(([name]) => name.startsWith('key_groups')) && { key_groups: [] }),
      mac_only_encrypted: metadata.some(([name, value]) => name === 'mac_only_encrypted' && value === 'true'),
    },
  };
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
