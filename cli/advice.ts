import { quoteWords } from '@cloud-run-identity/secrets';
import type { Target } from './secret/target.ts';

/**
 * A command that is printed to be pasted: with what was said of the secret on this one's command line, quoted for the
 * reader's shell.
 *
 * @param words the command and its arguments
 */
export function commandFor(target: Target, ...words: readonly string[]): string {
  const { bucket, object, key, service, secret, format, env, account } = target;
  const said = { bucket, object, 'kms-key': key, service, secret, format, env };
  const options = Object.entries({ ...said, 'impersonate-service-account': account }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`--${name}`, value]),
  );
  const separator = words.indexOf('--');
  const [own, rest] = separator < 0 ? [words, []] : [words.slice(0, separator), words.slice(separator)];
  return `npx cloud-run-identity ${quoteWords([...own, ...options, ...rest])}`;
}
