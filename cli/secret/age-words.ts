import type { KeyAge } from '@cloud-run-identity/secrets';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** `12 days`, in the largest unit of which it is two or more. */
export function durationInWords(seconds: number): string {
  const [name, length] = UNITS.find(([, one]) => seconds >= 2 * one) ?? ['minute', 60];
  const count = Math.floor(seconds / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** `/DB_PASS is 12 days old, of 90 days`. */
export function ageInWords({ pointer, maxAgeSeconds, ageSeconds, state }: KeyAge): string {
  const name = pointer || 'the secret';
  const most = durationInWords(maxAgeSeconds);
  if (ageSeconds === undefined) return `nobody noted when ${name} last changed, which may get ${most} old`;
  const age = durationInWords(ageSeconds);
  return state === 'overdue'
    ? `${name} is ${age} old and may get ${most} old: it is overdue`
    : `${name} is ${age} old, of ${most}`;
}
