import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSettings, type Settings } from '../../../constructs/settings/settings.ts';
import { SettingsError } from '../../../constructs/settings/settings-error.ts';
import { SETTING_SOURCES, type SettingName } from '../../../constructs/settings/sources.ts';

const projectRoot = resolve('project');

function read(
  context: Record<string, unknown>,
  environment: Record<string, string | undefined> = {},
): Settings {
  return readSettings({ context, environment, projectRoot });
}

function errorOf(context: Record<string, unknown>, environment: Record<string, string> = {}): SettingsError {
  try {
    read(context, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

test('a fresh clone has settings', () => {
  expect(read({})).toEqual({
    projectId: 'sample-project',
    region: 'us-central1',
    serviceName: 'cloudrun-identity',
    image: 'us-central1-docker.pkg.dev/sample-project/cloud-run-identity/cloudrun-identity:latest',
    serviceAccountName: 'cloud-run-identity',
    bucketName: 'sample-project-cloudrun-identity',
    objectName: 'config.enc',
    keyRingName: 'cloudrun-secrets',
    keyName: 'cloudrun-identity',
    keyLocation: 'global',
    encryptedConfigFile: resolve(projectRoot, 'config.enc'),
    public: false,
    revealValues: false,
  });
});

/** For every setting a valid value for the context, another for the environment. */
const values: Record<SettingName, readonly [string, string]> = {
  projectId: ['context-project', 'environment-project'],
  region: ['europe-west1', 'asia-east1'],
  serviceName: ['context', 'environment'],
  imageName: ['context', 'environment'],
  image: ['example.com/context:1', 'example.com/environment:1'],
  serviceAccountName: ['context-account', 'environment-account'],
  bucketName: ['context-bucket', 'environment-bucket'],
  objectName: ['context.enc', 'environment.enc'],
  keyRingName: ['context', 'environment'],
  keyName: ['context', 'environment'],
  keyLocation: ['europe', 'us'],
  encryptedConfigFile: ['context.enc', 'environment.enc'],
  public: ['false', 'true'],
  revealValues: ['false', 'true'],
};

/** Where a setting shows: `imageName` is only part of the image. */
function shown(settings: Settings, name: SettingName): string {
  return String(name === 'imageName' ? settings.image : settings[name]);
}

test.each(Object.keys(SETTING_SOURCES) as SettingName[])(
  '%s comes from its variable before the context',
  (name) => {
    const [inContext, inEnvironment] = values[name];
    const variable = SETTING_SOURCES[name].environmentVariable;
    expect(shown(read({ [name]: inContext }), name)).toContain(inContext);
    expect(shown(read({ [name]: inContext }, { [variable]: inEnvironment }), name)).toContain(inEnvironment);
    expect(shown(read({ [name]: inContext }, { [variable]: '' }), name)).toContain(inContext);
  },
);

test('an image given in full replaces the one that is put together', () => {
  expect(read({ imageName: 'app', image: 'example.com/other:1' }).image).toBe('example.com/other:1');
});

test('the JSON booleans are booleans', () => {
  expect(read({ public: true })).toMatchObject({ public: true, revealValues: false });
  expect(read({ public: false, revealValues: true })).toMatchObject({ public: false, revealValues: true });
});

test('every problem is reported at once: what was got from where, what is allowed, how to fix it', () => {
  const error = errorOf({ projectId: 12, pubic: true }, { GCP_REGION: 'us central' });
  expect(error.problems.map(({ setting }) => setting)).toEqual(['pubic', 'projectId', 'region']);
  for (const part of [
    '3 settings are wrong.',
    'pubic: got true from the context of cdktf.json.',
    'rename it to "public"',
    'projectId: got 12 from the context of cdktf.json.',
    'Allowed: 6 to 30 lowercase letters',
    'region: got "us central" from the environment variable GCP_REGION.',
    'set GCP_REGION to such a value, or unset it',
  ]) {
    expect(error.message).toContain(part);
  }
});

test('values are never revealed to everyone', () => {
  const error = errorOf({ public: true }, { GCP_REVEAL_VALUES: 'true' });
  expect(error.problems).toEqual([
    expect.objectContaining({ setting: 'revealValues', source: 'environment variable GCP_REVEAL_VALUES' }),
  ]);
});

test('a bucket name that only follows from the project id is reported as such', () => {
  const error = errorOf({ projectId: 'my-google-project' });
  expect(error.problems).toEqual([
    expect.objectContaining({ setting: 'bucketName', got: 'my-google-project-cloudrun-identity' }),
  ]);
  expect(read({ projectId: 'my-google-project', bucketName: 'my-bucket' }).bucketName).toBe('my-bucket');
});

test.each([
  ['servicename', 'serviceName'],
  ['keyring', 'keyRingName'],
  ['bucket', 'bucketName'],
  ['reveal_values', 'revealValues'],
])('the context key %s is answered with %s', (key, nearest) => {
  expect(errorOf({ [key]: 'x' }).message).toContain(`rename it to "${nearest}"`);
});

test("the CDK's own context keys are left alone", () => {
  const own = { cdktfVersion: '0.21.0', excludeStackIdFromLogicalIds: 'true', '@cdktf/flag': true };
  expect(read(own)).toEqual(read({}));
});

test('a long value is cut in the message', () => {
  expect(errorOf({ region: 'x'.repeat(5000) }).message.length).toBeLessThan(500);
});

test('whatever is set is either accepted by its rule or reported under its name', () => {
  const name = fc.constantFrom(...(Object.keys(SETTING_SOURCES) as SettingName[]));
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.dictionary(name, value),
      fc.dictionary(name, fc.string({ minLength: 1 })),
      (context, set) => {
        const environment = Object.fromEntries(
          Object.entries(set).map(([key, text]) => [
            SETTING_SOURCES[key as SettingName].environmentVariable,
            text,
          ]),
        );
        const reported = new Set(problemsOf(context, environment));
        for (const [key, got] of Object.entries({ ...context, ...set })) {
          const { rule } = SETTING_SOURCES[key as SettingName];
          const text = typeof got === 'boolean' && rule.allowed === 'true or false' ? String(got) : got;
          const isAccepted = typeof text === 'string' && rule.accepts(text);
          if (!isAccepted) expect(reported).toContain(key);
          else if (key !== 'revealValues') expect(reported).not.toContain(key);
        }
      },
    ),
  );
});

test('no key of a context is too strange to be reported', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
      const isKnown = Object.hasOwn(SETTING_SOURCES, key) || /^@?cdkt[fn]/.test(key);
      if (!isKnown) expect(problemsOf({ [key]: 'x' }, {})).toEqual([key]);
    }),
  );
});

function problemsOf(context: Record<string, unknown>, environment: Record<string, string>): string[] {
  try {
    read(context, environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ setting }) => setting);
    throw error;
  }
}
