import { keyAges, readObject } from '@cloud-run-identity/secrets';
import { ageInWords } from '../secret/age-words.ts';
import { schemaOf } from '../secret/shape.ts';
import { BrokenError, type Check, NotProvenError } from './check.ts';

/** Whether a value is older than its schema allows. Nothing is decrypted: the times are noted beside the object. */
export const nothingOverdue: Check = {
  name: 'no value is older than the schema allows',
  async look({ declared, clients, environment, cwd }) {
    const { bucket, object, secret: name, format } = declared;
    const schema = await schemaOf({ io: { cwd, environment }, name, format });
    if (keyAges(schema, {}).length === 0) return 'the schema says of no value how old it may get';
    const { keysChanged } = await readObject(clients, bucket, object);
    const ages = keyAges(schema, keysChanged);
    const [overdue, unknown] = (['overdue', 'unknown'] as const).map((state) =>
      ages.filter((age) => age.state === state),
    );
    const [first] = [...(overdue ?? []), ...(unknown ?? [])];
    if (!first) return ages.map(ageInWords).join('; ') || 'none of them is there';
    const problem = [...(overdue ?? []), ...(unknown ?? [])].map(ageInWords).join('; ');
    const fix = first.pointer
      ? `npx cloud-run-identity set ${keyOf(first.pointer)}`
      : 'npx cloud-run-identity put FILE';
    throw first.state === 'overdue' ? new BrokenError(`${problem}.`, fix) : new NotProvenError(problem, fix);
  },
};

/** A key at the top needs no pointer. */
function keyOf(pointer: string): string {
  return /^\/[\w-]+$/.test(pointer) ? pointer.slice(1) : pointer;
}
