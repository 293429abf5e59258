import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonOf, reviewFolder } from '@cloud-run-identity/review';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireApproved } from '../../../cli/deploy/approved.ts';
import { CommandError } from '../../../cli/errors.ts';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'approved-')));
const approved = join(directory, 'review.json');

function write(folder: string, stacks: Readonly<Record<string, object>>): string {
  for (const [name, json] of Object.entries(stacks)) {
    mkdirSync(join(directory, folder, name), { recursive: true });
    writeFileSync(join(directory, folder, name, 'main.tf.json'), JSON.stringify(json));
  }
  return join(directory, folder);
}

const provider = { google: { project: 'my-project' } };

beforeAll(() => {
  const folder = write('approved', { service: { provider }, foundation: { provider } });
  writeFileSync(approved, jsonOf(reviewFolder({ directory: folder }).review));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('the same stacks are deployed', () => {
  expect(() =>
    requireApproved(approved, write('same', { service: { provider }, foundation: { provider } })),
  ).not.toThrow();
});

test.each([
  [
    'another stack',
    { service: { provider, output: {} }, foundation: { provider } },
    /service: approved [0-9a-f]{12}, now [0-9a-f]{12}/,
  ],
  [
    'one more',
    { service: { provider }, foundation: { provider }, more: {} },
    /more: approved no such stack, now/,
  ],
  ['one less', { service: { provider } }, /foundation: approved [0-9a-f]{12}, now no such stack/],
])('%s is refused, by its name', (name, stacks, message) => {
  const check = () => requireApproved(approved, write(name.replaceAll(' ', '-'), stacks));
  expect(check).toThrow(CommandError);
  expect(check).toThrow(message);
});

test('where a checkout and its local state lie is no part of what is approved', () => {
  const inCheckout = (checkout: string, state = 'state/p/terraform.service.tfstate') => {
    const root = join(directory, checkout);
    const config = { path: join(root, state) };
    const build = [{ context: join(root, 'service') }];
    const terraform = { backend: { local: config } };
    const resource = { docker_image: { image: { name: 'x', build } } };
    write(join(checkout, 'cdktf.out', 'stacks'), { service: { provider, terraform, resource } });
    return join(root, 'cdktf.out');
  };
  const folder = inCheckout('one');
  writeFileSync(approved, jsonOf(reviewFolder({ directory: folder }).review));
  expect(() => requireApproved(approved, inCheckout('another place'))).not.toThrow();
  const other = inCheckout('a third', 'state/q/terraform.other.tfstate');
  expect(() => requireApproved(approved, other)).toThrow(/service: approved/);
});

test('values of variables beside a stack are a part of what is approved', () => {
  const folder = write('values', { service: { provider } });
  writeFileSync(approved, jsonOf(reviewFolder({ directory: folder }).review));
  expect(() => requireApproved(approved, folder)).not.toThrow();
  writeFileSync(join(folder, 'service', 'x.auto.tfvars'), 'who = "allUsers"');
  expect(() => requireApproved(approved, folder)).toThrow(/service: approved/);
});
