import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NAMES, type NameRule } from '../../review/policies/names.ts';
import * as settings from '../../settings/rules.ts';

/** Review and settings cannot import each other: what the one accepts, the other has to. */
const PAIRS: Readonly<Record<string, readonly [review: NameRule | undefined, settings: Accepts]>> = {
  'a repository': [NAMES.google_artifact_registry_repository?.repository_id, settings.repositoryNameRule],
  'a service': [NAMES.google_cloud_run_service?.name, settings.serviceNameRule],
  'a key': [NAMES.google_kms_crypto_key?.name, settings.kmsIdRule],
  'a key ring': [NAMES.google_kms_key_ring?.name, settings.kmsIdRule],
  'a service account': [NAMES.google_service_account?.account_id, settings.serviceAccountNameRule],
  'a bucket': [NAMES.google_storage_bucket?.name, settings.bucketNameRule],
};

interface Accepts {
  readonly accepts: (name: string) => boolean;
}

/** Where such rules differ: at the ends, at the lengths, in what else than letters is allowed. */
const EDGES = [0, 1, 2, 3, 5, 6, 29, 30, 31, 48, 49, 50, 62, 63, 64, 222, 223]
  .flatMap((length) => ['a', 'A', '1', 'a.'].map((part) => part.repeat(length).slice(0, length)))
  .concat(
    'a-',
    '-a',
    'a_b',
    'a.b',
    'a..b',
    'a b',
    'ä',
    'goog-x',
    'my-google',
    'my-g00gle',
    '1.2.3.4',
    'abc\n',
  );

test.each(Object.entries(PAIRS))(
  '%s is called what settings and review both allow',
  (_, [review, setting]) => {
    const verdicts = (name: string) => [review?.accepts(name), name];
    for (const name of EDGES) expect(verdicts(name)).toEqual([setting.accepts(name), name]);
    const names = fc.oneof(
      fc.stringMatching(/^[a-z0-9._-]{1,70}$/),
      fc.stringMatching(/^[A-Za-z0-9_.-]{0,8}$/),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(names, (name) => {
        expect(verdicts(name)).toEqual([setting.accepts(name), name]);
      }),
    );
  },
);

test('an object that settings allow is one to the review', () => {
  const rule = NAMES.google_storage_bucket_object?.name;
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
      if (settings.objectNameRule.accepts(name)) expect(rule?.accepts(name)).toBe(true);
    }),
  );
});
