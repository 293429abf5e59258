/**
 * What Docker Compose 2 reads from a .env file, by the rules of compose-go v2.13.0 (dotenv/parser.go, template/template.go)
 * and of docs.docker.com/compose/env-file. Written for tests, since neither npm
 * nor Python has that reader; answers that are on record hold it in dotenv.test.ts.
 *
 * @throws Error where Compose refuses the file, and for what no file here may need: operators in `${…}`, keys alone
 */
export function readAsCompose(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  let rest = text.replace(/^\ufeff/, '');
  for (;;) {
    rest = rest.replace(/^(?:\s|\x85|#[^\n]*(?:\n|$))+/, '').replace(/^export\s+/, '');
    if (rest === '') return values;
    const [head = '', name = ''] = /^([\w.\-[\]]+)[ \t\v\f\r]*[=:][ \t\v\f\r\x85\xa0]*/.exec(rest) ?? [];
    if (head === '') throw new Error('Compose takes this for no key');
    rest = rest.slice(head.length);
    const quote = rest[0];
    if (quote === "'" || quote === '"') {
      const [whole = '', inner = ''] =
        (quote === "'" ? /^'((?:[^'\\]|\\.)*)'/s : /^"((?:[^"\\]|\\.)*)"/s).exec(rest) ?? [];
      if (whole === '') throw new Error('Compose finds no closing quote');
      rest = rest.slice(whole.length);
      const unquoted = inner.replace(/\\(.)/gs, (pair, next) => (next === quote ? quote : pair));
      values[name] = quote === "'" ? unquoted : interpolated(unescaped(unquoted), values);
    } else {
      const [line = ''] = /^[^\n]*/.exec(rest) ?? [];
      rest = rest.slice(line.length);
      values[name] = interpolated((line.split(' #')[0] ?? '').trimEnd(), values);
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '"': '"', '\\': '\\', $: '$$' },
};

/** Octal escapes are none of ours. */
function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (pair, next: string) => ESCAPES[next] ?? pair);
}

function interpolated(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\$|([a-z_]\w*)|\{([a-z_]\w*)\})?/gi, (found, plain, braced) => {
    if (found === '$$') return '$';
    const name = plain ?? braced;
    if (name === undefined) throw new Error('Compose takes this for no variable');
    return values[name] ?? '';
  });
}
