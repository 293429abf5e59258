/** Who is in two sets of principals at once. */
export interface Overlap {
  readonly who: string;
  /** False when nobody here can tell who is in one of them. */
  readonly certain: boolean;
}

/** Sets whose members are not in the stacks. */
const CLOSED_SET = /^(?:group:|principalSet:\/\/|project(?:Owner|Editor|Viewer):)/;

/**
 * Whether somebody may be two principals at once: both of two groups, or a user and everyone.
 *
 * @returns undefined when nobody can be
 */
export function mayOverlap(a: string, b: string): Overlap | undefined {
  return within(a, b) ?? within(b, a) ?? bothSets(a, b);
}

/** The members of the first that are in the second. */
function within(one: string, set: string): Overlap | undefined {
  if (set === 'allUsers') return { who: one, certain: true };
  if (set === 'allAuthenticatedUsers') return { who: one, certain: one !== 'allUsers' };
  if (set.startsWith('domain:')) {
    const isPerson = /^(?:user|group):/.test(one) && one.endsWith(`@${set.slice('domain:'.length)}`);
    return isPerson ? { who: one, certain: one.startsWith('user:') } : undefined;
  }
  const isOne = /^(?:user|serviceAccount|principal):/.test(one) || one.startsWith('principal://');
  if (!CLOSED_SET.test(set) || !isOne) return undefined;
  const isFederated = set.startsWith('principalSet:') === one.startsWith('principal:');
  return isFederated ? { who: one, certain: false } : undefined;
}

function bothSets(a: string, b: string): Overlap | undefined {
  const isSet = (name: string) => CLOSED_SET.test(name) || name.startsWith('domain:');
  if (!isSet(a) || !isSet(b)) return undefined;
  const [first = '', second = ''] = [a, b].sort();
  return { who: `whoever is in both ${first} and ${second}`, certain: false };
}
