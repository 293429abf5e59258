import type { AccessChange } from '@cloud-run-identity/review';
import { quoteWords } from '@cloud-run-identity/secrets';
import { CommandError } from '../errors.ts';
import { askText, askToConfirm } from '../input/prompt.ts';
import type { Io } from '../io.ts';
import type { Loss } from './losses.ts';

/** What was agreed to beforehand, on the command line. */
export interface Consent {
  /** Whether the question was answered. */
  readonly yes: boolean;
  /** Whether somebody may gain access. */
  readonly widen: boolean;
  /** Names of the buckets, or keys, that may be lost; `all` for everything that is listed. */
  readonly lose: readonly string[] | 'all';
}

/** What there is to agree to. */
export interface Asked {
  readonly question: string;
  readonly losses: readonly Loss[];
  readonly access: readonly AccessChange[];
}

/**
 * Gets the consent to a plan: one question on a terminal, and the name of each bucket of which something is lost, to be
 * typed. Elsewhere all of it has to have been said on the command line.
 *
 * @throws CommandError when it is not given, before anything has changed
 */
export async function requireConsent(io: Io, consent: Consent, asked: Asked): Promise<void> {
  const unnamed = [...new Set(asked.losses.map(({ name }) => name))].filter(
    (name) => consent.lose !== 'all' && !consent.lose.includes(name),
  );
  const gained = asked.access.filter(({ direction }) => direction === 'gained');
  if (consent.yes || !io.stdin.isTTY) {
    const options = [
      ...(consent.yes ? [] : ['--yes']),
      ...(gained.length > 0 && !consent.widen ? ['--widen'] : []),
      ...unnamed.flatMap((name) => ['--lose', name]),
    ];
    if (options.length === 0) return;
    throw new CommandError(refusal(consent, asked, gained, unnamed, options));
  }
  for (const name of unnamed) {
    const typed = await askText(io, `Type ${name} to lose what is listed above, anything else to stop:`);
    if (typed.trim() !== name) throw new CommandError('Nothing was changed.');
  }
  if (unnamed.length > 0 || (await askToConfirm(io, asked.question))) return;
  throw new CommandError('Nothing was changed.');
}

function refusal(
  { yes }: Consent,
  { question }: Asked,
  gained: readonly AccessChange[],
  unnamed: readonly string[],
  options: readonly string[],
): string {
  const reasons = [
    ...(yes ? [] : [`${question} There is no terminal to ask on.`]),
    ...(options.includes('--widen') ? [`${gained.length} times somebody gains access.`] : []),
    ...(unnamed.length > 0 ? [`Something of a live secret is lost in ${unnamed.join(', ')}.`] : []),
  ];
  return `${reasons.join(' ')} Nothing was changed. If that is what you want, say so beforehand: ${quoteWords(options)}`;
}
