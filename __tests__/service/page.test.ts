import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { SecretStatus } from '../../secrets/index.ts';
import { configSchema } from '../../service/config-schema.ts';
import { type Looks, looksOf } from '../../service/page/page.ts';
import { sample, sampleApp, sampleEmail } from '../support/app.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

async function readyApp(options: Parameters<typeof sampleApp>[0] = {}) {
  const app = await sampleApp(options);
  closers.push(() => app.close());
  await app.secrets.config.loaded;
  return app;
}

describe('the page', () => {
  it('shows the config with the password masked, and where all of it comes from', async () => {
    const { statusCode, body, headers } = await (await readyApp()).inject('/');
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const text = body.replace(/<\/?span[^>]*>/g, '');
    for (const shown of [
      'db.example.com',
      '3306',
      'Roberts',
      'DB_PASS',
      sampleEmail,
      'gs://sample-bucket/config.enc',
    ]) {
      expect(text).toContain(shown);
    }
    for (const shown of [
      '1732434567890123',
      sample.reference.key,
      'Version 7',
      'primary',
      '2026-11-24 05:48:12 UTC',
      'svc-00001-abc',
    ]) {
      expect(text).toContain(shown);
    }
    expect(body).not.toContain(sample.value.DB_PASS);
    const minute = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC';
    expect(body).toMatch(new RegExp(`Confirmed</th><td>${minute}<small>Next look ${minute}</small>`));
  });

  it.each<[Partial<SecretStatus>, Looks]>([
    [{}, { confirmed: undefined, next: undefined }],
    [{ secondsToNextLook: Number.POSITIVE_INFINITY }, { confirmed: undefined, next: undefined }],
    [
      { secondsSinceConfirmed: 0, secondsToNextLook: 0 },
      { confirmed: '2026-11-27 07:00 UTC', next: 'now' },
    ],
    [
      { secondsSinceConfirmed: 61, secondsToNextLook: 900 },
      { confirmed: '2026-11-27 06:58 UTC', next: '2026-11-27 07:15 UTC' },
    ],
  ])('tells when it looked and looks, of %j', (times, looks) => {
    const status = { state: 'fresh', reloads: { changed: 0, unchanged: 0, failed: 0 }, ...times } as const;
    const now = Date.parse('2026-11-27T07:00:00Z');
    expect(looksOf(status as SecretStatus, now)).toEqual(looks);
  });

  it('masks every value when hidden, and none when revealed', async () => {
    const { body: hidden } = await (await readyApp({ pageValues: 'hidden' })).inject('/');
    const { body: revealed } = await (await readyApp({ pageValues: 'revealed' })).inject('/');
    for (const value of Object.values(sample.value)) {
      expect(hidden).not.toContain(`<td>${value}</td>`);
      expect(revealed).toContain(`<td>${value}</td>`);
    }
    expect(hidden).not.toContain(sample.value.DB_HOST);
  });

  it.each([
    [{ '/DB_PASS': '2026-01-01T00:00:00Z' }, 'Changed 2026-01-01', 'Overdue since 2026-04-01'],
    [{ '/DB_PASS': '2999-01-01T00:00:00Z' }, 'Unknown', 'Nobody noted when it last changed.'],
    [undefined, 'Unknown', 'Nobody noted when it last changed.'],
  ])(
    'says how old a value is of which the schema says how old it may get: %j',
    async (keysChanged, ...shown) => {
      const { body } = await (await readyApp({ load: async () => ({ ...sample, keysChanged }) })).inject('/');
      const [, section = ''] = /id="ages">([\s\S]*?)<\/section>/.exec(body) ?? [];
      expect(section).toContain('DB_PASS');
      for (const text of shown) expect(section).toContain(text);
      expect(section).not.toContain('DB_HOST');
    },
  );

  it.each([
    ['2026-01-01T00:00:00Z', ['/DB_PASS']],
    [`${new Date().toISOString().slice(0, 19)}Z`, []],
  ])('logs once which value is overdue, for an alert: changed %s', async (changed, overdue) => {
    const lines: string[] = [];
    const logger = { level: 'warn', stream: { write: (line: string) => lines.push(line) } };
    const load = async () => ({ ...sample, keysChanged: { '/DB_PASS': changed } });
    const app = await readyApp({ load, logger, shape: { schema: configSchema } });
    for (let probe = 0; probe < 3; probe += 1) await app.inject('/health/live');
    const values = lines.map((line) => JSON.parse(line).overdueValue).filter((value) => value !== undefined);
    expect(values).toEqual(overdue);
    expect(lines.join()).not.toContain(sample.value.DB_PASS);
  });

  it('masks a short and a long password alike', async () => {
    const bodies = await Promise.all(
      ['x', 'x'.repeat(200)].map(async (DB_PASS) => {
        const load = async () => ({ ...sample, value: { ...sample.value, DB_PASS } });
        const { body } = await (await readyApp({ load })).inject('/');
        // Each app looks at times of its own.
        return body.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'TIME');
      }),
    );
    expect(bodies[0]).toBe(bodies[1]);
  });

  it('escapes every value', async () => {
    const value = { ...sample.value, DB_HOST: `<img src=x onerror="alert('1')">&amp;` };
    const { body } = await (await readyApp({ load: async () => ({ ...sample, value }) })).inject('/');
    expect(body).not.toContain('<img');
    expect(body).toContain('&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;amp;');
  });

  it('does not take a key version of another key for its own', async () => {
    const keyVersion = 'projects/attacker/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1';
    const { body } = await (await readyApp({ load: async () => ({ ...sample, keyVersion }) })).inject('/');
    expect(body).not.toContain('attacker');
  });

  it('says so when the key was rotated since', async () => {
    const { body } = await (await readyApp({ load: async () => ({ ...sample, usedPrimary: false }) })).inject(
      '/',
    );
    expect(body).toContain('not the primary version');
  });

  it('works without an identity', async () => {
    const { statusCode } = await (await readyApp({ callerEmail: async () => undefined })).inject('/');
    expect(statusCode).toBe(200);
    const failing = await readyApp({
      callerEmail: async () => Promise.reject(new Error('no metadata server')),
    });
    expect((await failing.inject('/')).statusCode).toBe(200);
  });

  it('loads nothing from elsewhere, and its own style is all that its policy allows', async () => {
    const { body, headers } = await (await readyApp()).inject('/');
    expect(body).not.toMatch(/https?:\/\/(?!www\.w3\.org)|<script|src=| style=/);
    const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('is never cached, on any answer', async () => {
    const app = await readyApp();
    for (const path of ['/', '/health/live', '/missing']) {
      const { headers } = await app.inject(path);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });
});
