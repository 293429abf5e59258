import { expect, test } from 'vitest';
import { LicenceError, requireAllowedLicences, thirdPartyNotices } from '../../scripts/bundle/licences.ts';

const allowed = { name: 'a', version: '1.0.0', licenses: [{ license: { id: 'MIT' } }] };

test('packages with other licences than the allowed ones are refused, all at once', () => {
  const bill = {
    components: [
      allowed,
      { group: '@b', name: 'c', version: '2.0.0', licenses: [{ license: { id: 'GPL-3.0-only' } }] },
      { name: 'd', version: '3.0.0', licenses: [{ expression: 'MIT OR GPL-2.0-only' }] },
      { name: 'e', version: '4.0.0' },
    ],
  };
  expect(() => requireAllowedLicences(bill)).toThrow(LicenceError);
  expect(() => requireAllowedLicences(bill)).toThrow(
    /@b\/c@2\.0\.0: GPL-3\.0-only\n {2}- d@3\.0\.0: MIT OR GPL-2\.0-only\n {2}- e@4\.0\.0: none stated\nAllowed: .*\nFix: /,
  );
  expect(() => requireAllowedLicences(bill)).not.toThrow(/a@1\.0\.0/);
});

test('packages with allowed licences pass', () => {
  expect(() => requireAllowedLicences({ components: [allowed] })).not.toThrow();
});

test('notices hold the text of each licence file', () => {
  const content = Buffer.from('Permission is hereby granted\n').toString('base64');
  const evidence = {
    licenses: [{ license: { name: 'LICENSE', text: { content, encoding: 'base64' as const } } }],
  };
  const notices = thirdPartyNotices({
    components: [
      { ...allowed, evidence },
      { ...allowed, name: 'b' },
    ],
  });
  expect(notices).toContain('a@1.0.0\nLicence: MIT\n\nPermission is hereby granted\n');
  expect(notices).toContain('b@1.0.0\nLicence: MIT\n\nThe package holds no licence file.\n');
});
