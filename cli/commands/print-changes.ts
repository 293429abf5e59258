import { type Io, paint, print } from '../io.ts';
import { formatTable } from '../output/table.ts';
import { type Change, createFingerprint, type KeyChange } from '../secret/values.ts';

const SIGNS: Readonly<Record<Change, string>> = { added: '+', removed: '-', changed: '~', same: ' ' };
const COLOURS = { added: 'green', removed: 'red', changed: 'yellow', same: 'dim' } as const;

/**
 * Prints a table of keys and what became of them: fingerprints of the values, which say only whether two are the same
 * within this table, or the values themselves.
 */
export function printChanges(
  io: Io,
  changes: readonly KeyChange[],
  { reveal }: { readonly reveal?: boolean | undefined },
): void {
  const fingerprint = createFingerprint();
  const show = (value: unknown) => {
    if (value === undefined) return '';
    if (!reveal) return fingerprint(value);
    return typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value));
  };
  const rows = changes.map(({ key, change, before, after }) => [
    paint(io, COLOURS[change], `${SIGNS[change]} ${key}`),
    change,
    show(before),
    show(after),
  ]);
  print(io, formatTable(['  KEY', 'CHANGE', 'BEFORE', 'AFTER'], rows));
}
