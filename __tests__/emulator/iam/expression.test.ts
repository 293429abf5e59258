import { describe, expect, it } from 'vitest';
import { checkCondition, compileCondition } from '../../../emulator/iam/condition.ts';

const name = 'projects/_/buckets/a-bucket/objects/reports/2026/may.txt';
const attributes = {
  resource: { name, type: 'storage.googleapis.com/Object', service: 'storage.googleapis.com' },
  request: { time: new Date('2026-05-01T12:00:00Z') },
};

describe('a regular expression in a condition', () => {
  it.each([
    ['resource.name.matches("objects/reports/.*[.]txt$")', true],
    ['(resource.name) . matches("^objects")', false],
    ['!resource.name.matches("secret") && resource.name.matches("may")', true],
    ['"x.matches(y)" == "x.matches(y)"', true],
  ])('%s is %s', (expression, holds) => {
    checkCondition(expression);
    expect(compileCondition(expression)(attributes)).toBe(holds);
  });

  it('takes no longer for a pattern that others would never finish', () => {
    const endless = `resource.name.matches("^(([a-z0-9/-])+.?)+[!]$")`;
    checkCondition(endless);
    // That it ends is what is tested: with backtracking it would not within a lifetime.
    expect(compileCondition(endless)(attributes)).toBe(false);
  });

  it('is refused where it is none of RE2', () => {
    expect(() => checkCondition('resource.name.matches("(?=a)")')).toThrow(/invalid regular expression/);
  });
});

describe('what IAM has not of CEL', () => {
  it.each(['[1, 2].exists(a, a > 1)', '[1, 2].map(a, a).size() > 0', '[1].all(a, [1].all(b, a == b))'])(
    'is refused: %s',
    (expression) => {
      expect(() => checkCondition(expression)).toThrow(/undeclared reference/);
      expect(compileCondition(expression)(attributes)).toBe(false);
    },
  );

  it('is more than 12 logical operators', () => {
    const terms = (count: number) => Array.from({ length: count }, () => 'true').join(' || ');
    expect(() => checkCondition(terms(13))).not.toThrow();
    expect(() => checkCondition(terms(14))).toThrow(/13 logical operators; at most 12/);
  });
});

describe('a condition on', () => {
  it.each([
    ['resource.type == "storage.googleapis.com/Object"', true],
    ['resource.service == "cloudkms.googleapis.com"', false],
    ['request.time < timestamp("2026-06-01T00:00:00Z")', true],
    ['request.time.getHours("Europe/Berlin") == 14', true],
    ['resource.name.extract("/objects/{folder}/") == "reports"', true],
    ['resource.name.startsWith("projects/_/buckets/a-bucket/objects/reports/")', true],
    ['resource.name.endsWith(".txt")', true],
  ])('%s is %s', (expression, holds) => {
    checkCondition(expression);
    expect(compileCondition(expression)(attributes)).toBe(holds);
  });

  it('tags is refused by name', () => {
    expect(() => checkCondition('resource.matchTag("env", "prod")')).toThrow(/matchTag/);
  });
});
