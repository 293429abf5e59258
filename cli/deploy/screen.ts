import { type AccessChange, accessText } from '@cloud-run-identity/review';
import { type Io, paint } from '../io.ts';
import type { Carried } from './carry-over.ts';
import type { Loss } from './losses.ts';
import type { Action, PlannedChange, PlannedChanges } from './plan.ts';
import type { Stake } from './stakes.ts';

/** What is asked about. */
export interface Screen {
  /** `Deploy to project P (REGION) on Google Cloud`. */
  readonly title: string;
  readonly stacks: readonly { readonly name: string; readonly planned: PlannedChanges }[];
  readonly access: readonly AccessChange[];
  readonly losses: readonly Loss[];
  readonly stakes: readonly Stake[];
  readonly carried: readonly Carried[];
}

const MARKS: Readonly<Record<Action, string>> = {
  added: '+',
  adopted: '=',
  changed: '~',
  replaced: '±',
  destroyed: '-',
  forgotten: 'o',
};

const COLOURS = {
  added: 'green',
  adopted: 'green',
  changed: 'yellow',
  replaced: 'red',
  destroyed: 'red',
  forgotten: 'yellow',
} as const;

/** Everything that whoever decides has to know, in words. */
export function screenOf(io: Pick<Io, 'stdout'>, screen: Screen): string {
  const { title, stacks, losses, stakes, carried } = screen;
  return [
    title,
    ...stacks.map(({ name, planned }) => section(`Stack ${name}`, stackLines(io, planned))),
    section('Access', accessLines(io, screen)),
    section(
      paint(io, 'red', 'Lost'),
      losses.map((loss) => `${loss.text}. ${restorable(loss)}`),
    ),
    section('What lives there', losses.length === 0 ? [] : stakes.map(stakeLine)),
    section(
      'Carried over',
      carried.flatMap(({ state, from, secret, kept }) =>
        state === 'carried' || state === 'same'
          ? [
              `gs://${secret.bucket}/${secret.object} gets the ciphertext of ${from}` +
                (kept ? `; ${kept} is what ${secret.file} was before` : ''),
            ]
          : [],
      ),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** What is new brings all its arguments along: one line is enough to say so. */
function accessLines(io: Pick<Io, 'stdout'>, { access, stacks }: Screen): string[] {
  const added = new Set(
    stacks.flatMap(({ planned }) =>
      planned.changes.filter(({ action }) => action === 'added').map(({ address }) => address),
    ),
  );
  const [ofNew, others] = [true, false].map((isNew) =>
    access.filter(
      ({ kind, address }) => (kind === 'argument' && address !== null && added.has(address)) === isNew,
    ),
  );
  const gained = (text: string) => paint(io, 'yellow', `+ ${text}`);
  return [
    ...(others ?? []).map((change) =>
      change.direction === 'gained' ? gained(accessText(change)) : `- ${accessText(change)}`,
    ),
    ...[...Map.groupBy(ofNew ?? [], ({ who }) => who)].map(([who, { length }]) =>
      gained(
        `${who} is new, with ${length} ${length === 1 ? 'argument' : 'arguments'} that may give more than is said here`,
      ),
    ),
  ];
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [heading, ...lines.map((line) => `  ${line}`)].join('\n');
}

function stackLines(io: Pick<Io, 'stdout'>, { changes, drift, isEmpty }: PlannedChanges): string[] {
  const gone = drift
    .filter(({ isGone }) => isGone)
    .map(({ address }) => `! ${address} was removed by others`);
  const changed = drift
    // That the command line writes newer secrets is how it is meant.
    .filter(({ isGone, type }) => !isGone && type !== 'google_storage_bucket_object')
    .map(({ address }) => `! ${address} was changed by others`);
  if (isEmpty) return ['nothing changes', ...gone, ...changed];
  const lines = changes.map((change) =>
    paint(
      io,
      COLOURS[change.action],
      `${MARKS[change.action]} ${change.action.padEnd(9)} ${wordsOf(change)}`,
    ),
  );
  return [...(lines.length > 0 ? lines : ['only outputs change']), ...gone, ...changed];
}

function wordsOf({ address, before, after, because, action }: PlannedChange): string {
  const name = nameOf(after) ?? nameOf(before);
  const what = name === undefined ? address : `${address} (${name})`;
  if (action === 'replaced' && because.length > 0)
    return `${what}: ${because.map((path) => difference(path, before, after)).join(', ')}`;
  return action === 'changed' ? `${what}: ${because.join(', ')}` : what;
}

function nameOf(values: PlannedChange['after']): string | undefined {
  const name = values?.name ?? values?.email ?? values?.service ?? values?.repository_id;
  return typeof name === 'string' ? name : undefined;
}

/** `location US → EU`, where both are simple and known. */
function difference(path: string, before: PlannedChange['before'], after: PlannedChange['after']): string {
  const [was, is] = [before?.[path], after?.[path]];
  return typeof was === 'string' && typeof is === 'string' ? `${path} ${was} → ${is}` : path;
}

function restorable({ kind, name, restorableDays: days }: Loss): string {
  if (kind === 'grant') return 'Whoever has it now cannot read or decrypt any more.';
  if (days === 0) {
    return kind === 'object'
      ? 'Older generations stay for as long as the bucket does.'
      : 'It is lost for good.';
  }
  const how = {
    bucket: `gcloud storage buckets list --soft-deleted, then gcloud storage restore gs://${name}#GENERATION`,
    key: 'gcloud kms keys versions restore',
    identity: 'gcloud iam service-accounts undelete UNIQUE_ID',
    object: 'gcloud storage restore',
  }[kind];
  return `It can be restored for ${days} days (${how}); then it is lost for good.`;
}

function stakeLine({ name, live, generations }: Stake): string {
  if (generations === undefined) return `gs://${name}: you may not see what, so it counts as something`;
  const names = live.length === 0 ? 'none is live' : `live: ${live.join(', ')}`;
  return `gs://${name}: ${generations} ${generations === 1 ? 'generation' : 'generations'}, ${names}`;
}
