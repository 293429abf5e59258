import { describe, expect, test } from 'vitest';
import * as rules from '../../settings/option-rules.ts';
import type { Rule } from '../../settings/rule.ts';
import { keyIdRule } from '../../settings/rules.ts';

const key = 'projects/my-project/locations/global/keyRings/ring/cryptoKeys/key';

const examples: Record<string, { rule: Rule<unknown>; accepted: string[]; refused: string[] }> = {
  'key id': {
    rule: keyIdRule,
    accepted: [
      key,
      key.replace('my-project', '123456789012'),
      'projects/example.com:my-project/locations/us-central1/keyRings/R_1/cryptoKeys/k-1',
    ],
    refused: ['', 'key', `${key}/cryptoKeyVersions/1`, `/${key}`, `${key}\n`],
  },
  'state prefix': {
    rule: rules.statePrefixRule,
    accepted: ['production', 'a/b', 'ü', 'a'.repeat(900)],
    refused: ['', '/a', 'a/', 'a\nb', `\${x}`, '%{x}', '\ud800', 'a'.repeat(901)],
  },
  'notification channel': {
    rule: rules.notificationChannelRule,
    accepted: ['projects/my-project/notificationChannels/123', 'projects/123456/notificationChannels/1'],
    refused: [
      '',
      'me@example.com',
      '123',
      'projects/my-project/notificationChannels/',
      'projects/my-project/notificationChannels/x',
    ],
  },
  'Binary Authorization policy': {
    rule: rules.binaryAuthorizationRule,
    accepted: ['default', 'projects/my-project/platforms/cloudRun/policies/signed'],
    refused: ['', 'true', 'Default', 'projects/my-project/platforms/gke/policies/signed'],
  },
  subnetwork: {
    rule: rules.vpcSubnetworkRule,
    accepted: ['default', 'projects/host-project/regions/us-central1/subnetworks/run'],
    refused: [
      '',
      'Run',
      '1a',
      'regions/us-central1/subnetworks/run',
      'projects/host-project/global/networks/vpc',
    ],
  },
  'VPC egress': {
    rule: rules.vpcEgressRule,
    accepted: ['all-traffic', 'private-ranges-only'],
    refused: ['', 'all', 'ALL_TRAFFIC', 'all-traffic\n'],
  },
  reloadSeconds: {
    rule: rules.secondsRule,
    accepted: ['1', '900', '86400'],
    refused: ['0', '86401', '1.5', '-1', '900s', ''],
  },
  telemetryEndpoint: {
    rule: rules.telemetryEndpointRule,
    accepted: ['https://collector.example.com', 'http://127.0.0.1:4318/otlp'],
    refused: [
      'collector.example.com',
      'ftp://a',
      'https://user:pass@host',
      'https://a/?b',
      'https://%{a}',
      '',
    ],
  },
  googleClients: {
    rule: rules.googleClientsRule,
    accepted: ['direct', 'official'],
    refused: ['', 'Direct', 'rest', 'official\n'],
  },
  googleProviderVersion: {
    rule: rules.googleProviderVersionRule,
    accepted: ['6.50.0', '6.51.2', '6.100.0', '7.0.0', '7.45.0'],
    refused: ['', '6.49.0', '5.0.0', '8.0.0', '7.45', '~> 7.0', '7.45.0 ', 'v7.45.0'],
  },
  'least instances': {
    rule: rules.minInstancesRule,
    accepted: ['0', '1', '1000'],
    refused: ['', '-1', '1001', '1.5', '01', 'one', '1e2'],
  },
  'most instances': {
    rule: rules.maxInstancesRule,
    accepted: ['1', '99', '1000'],
    refused: ['', '0', '1001', '1.5', '01', 'many'],
  },
};

describe.each(Object.entries(examples))('%s', (_, { rule, accepted, refused }) => {
  test.each(accepted)('%j is accepted', (value) => expect(rule.accepts(value)).toBe(true));
  test.each(refused)('%j is refused', (value) => expect(rule.accepts(value)).toBe(false));
});
