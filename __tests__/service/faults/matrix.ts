import type { Fault, FaultEffect } from '../../../emulator/faults.ts';
import type { Scene } from '../../support/scene.ts';
import { sampleConfig } from '../../support/scene.ts';
import { flippedLastBit } from '../../support/wire.ts';

/** What a fault is to lead to: `heals` once it is over, `none`, or the end of the process; with the error that is logged. */
export interface FaultOutcome {
  readonly result: 'heals' | 'ends' | 'none';
  /** Class of the error that is logged. */
  readonly error?: string;
}

/** One row of the matrix. */
export interface FaultCase {
  readonly where: string;
  readonly what: string;
  /** What the local cloud does wrong to requests of the service. */
  readonly faults?: readonly Omit<Fault, 'member'>[];
  /** How far the local cloud's clock jumps, in seconds. */
  readonly clockOffsetSeconds?: number;
  /** What somebody does wrong, in place of writing a new config. */
  readonly mistake?: (scene: Scene) => Promise<unknown>;
  /** How it is put right, besides a new config. */
  readonly repair?: (scene: Scene) => Promise<unknown>;
  readonly start: FaultOutcome;
  readonly run: FaultOutcome;
}

const requests = {
  'Object, read': { method: 'GET', path: '/storage/xml/*' },
  'Key, decrypt': { method: 'POST', path: '/kms/v1/*:decrypt' },
} as const;

type Where = keyof typeof requests;

const heals = (error: string): FaultOutcome => ({ result: 'heals', error });
const ends = (error: string): FaultOutcome => ({ result: 'ends', error });
const none: FaultOutcome = { result: 'none' };

function requestCase(
  where: Where,
  what: string,
  effect: FaultEffect,
  [start, run]: readonly [FaultOutcome, FaultOutcome],
): FaultCase {
  return { where, what, faults: [{ ...requests[where], effect }], start, run };
}

const statuses: readonly (readonly [number, readonly [FaultOutcome, FaultOutcome]])[] = [
  [401, [ends('UnauthenticatedError'), heals('UnauthenticatedError')]],
  [403, [heals('PermissionDeniedError'), heals('PermissionDeniedError')]],
  [404, [ends('NotFoundError'), heals('NotFoundError')]],
  [408, [heals('UnavailableError'), heals('UnavailableError')]],
  [429, [heals('UnavailableError'), heals('UnavailableError')]],
  [500, [heals('UnavailableError'), heals('UnavailableError')]],
  [502, [heals('UnavailableError'), heals('UnavailableError')]],
  [503, [heals('UnavailableError'), heals('UnavailableError')]],
  [504, [heals('UnavailableError'), heals('UnavailableError')]],
];

const unavailable = [heals('UnavailableError'), heals('UnavailableError')] as const;
const damaged = [heals('TransferError'), heals('TransferError')] as const;
const unaffected = [none, none] as const;

const ofEachRequest = (Object.keys(requests) as Where[]).flatMap((where) => [
  ...statuses.map(([status, outcomes]) =>
    requestCase(where, `HTTP ${status}`, { kind: 'status', status }, outcomes),
  ),
  requestCase(where, 'no answer within 10 s', { kind: 'silence' }, unavailable),
  requestCase(where, 'connection reset', { kind: 'reset' }, unavailable),
  requestCase(where, 'late by 1 s', { kind: 'latency', milliseconds: 1_000 }, unaffected),
  requestCase(where, 'slow body, 1 s', { kind: 'slowBody', milliseconds: 1_000 }, unaffected),
]);

const ofData: readonly FaultCase[] = [
  requestCase('Object, read', 'HTTP 412', { kind: 'status', status: 412 }, [
    ends('ConflictError'),
    heals('ConflictError'),
  ]),
  requestCase('Object, read', 'body cut off', { kind: 'truncatedBody' }, unavailable),
  requestCase('Object, read', 'a bit flips', { kind: 'flippedBit', of: 'response' }, damaged),
  requestCase('Object, read', 'wrong checksum in the header', { kind: 'wrongChecksum' }, damaged),
  requestCase('Key, decrypt', 'body cut off', { kind: 'truncatedBody' }, unavailable),
  requestCase(
    'Key, decrypt',
    'a bit flips in the ciphertext',
    { kind: 'flippedBit', of: 'request' },
    damaged,
  ),
  requestCase(
    'Key, decrypt',
    'a bit flips in the plaintext',
    { kind: 'flippedBit', of: 'response' },
    damaged,
  ),
  requestCase('Key, decrypt', 'wrong checksum', { kind: 'wrongChecksum' }, damaged),
  {
    where: 'Storage and KMS',
    what: '30 % of all requests fail with 503 or a reset',
    faults: [
      { path: '/storage/*', probability: 0.15, effect: { kind: 'status', status: 503 } },
      { path: '/kms/*', probability: 0.15, effect: { kind: 'reset' } },
    ],
    start: none,
    run: none,
  },
];

const tokenPath = '/computeMetadata/v1/instance/service-accounts/*/token*';

const ofCredentials: readonly FaultCase[] = [
  {
    where: 'Token',
    what: 'expires in flight',
    faults: [{ ...requests['Object, read'], times: 1, effect: { kind: 'expiredToken' } }],
    start: none,
    run: none,
  },
  {
    where: 'Token',
    what: 'expires early: Google’s clock is 2 h ahead',
    clockOffsetSeconds: 7_200,
    start: none,
    run: none,
  },
  {
    where: 'Metadata server',
    what: 'gives no token: connection reset',
    faults: [{ path: tokenPath, effect: { kind: 'reset' } }],
    start: heals('UnavailableError'),
    run: none,
  },
  {
    where: 'Metadata server',
    what: 'gives no token: HTTP 500',
    faults: [{ path: tokenPath, effect: { kind: 'status', status: 500 } }],
    start: heals('UnavailableError'),
    run: none,
  },
  {
    where: 'Metadata server',
    what: 'gives no token: HTTP 404',
    faults: [{ path: tokenPath, effect: { kind: 'status', status: 404 } }],
    start: heals('UnavailableError'),
    run: none,
  },
];

const integrity = { start: ends('IntegrityError'), run: heals('IntegrityError') };
const refusedKey = { start: ends('FailedRequestError'), run: heals('FailedRequestError') };
const invalid = { start: ends('InvalidSecretError'), run: heals('InvalidSecretError') };
const { DB_PASS: _, ...withoutPassword } = sampleConfig;
const encrypted = (config: unknown) => async (scene: Scene) => scene.put(await scene.encrypt(config));

const ofOperators: readonly FaultCase[] = [
  {
    where: 'Object',
    what: 'deleted',
    mistake: (scene) => scene.deleteObject(),
    start: ends('NotFoundError'),
    run: heals('NotFoundError'),
  },
  {
    where: 'Object',
    what: 'ciphertext altered',
    mistake: async (scene) => scene.put(flippedLastBit(await scene.encrypt(sampleConfig))),
    ...integrity,
  },
  {
    where: 'Object',
    what: 'ciphertext truncated',
    mistake: async (scene) => scene.put((await scene.encrypt(sampleConfig)).subarray(0, -1)),
    ...integrity,
  },
  { where: 'Object', what: 'empty', mistake: (scene) => scene.put(Buffer.alloc(0)), ...integrity },
  {
    where: 'Object',
    what: 'ciphertext of another key',
    mistake: async (scene) => scene.put(await scene.encrypt(sampleConfig, await scene.createKey())),
    ...integrity,
  },
  { where: 'Config', what: 'without DB_PASS', mistake: encrypted(withoutPassword), ...invalid },
  { where: 'Config', what: 'not JSON', mistake: encrypted('{"DB_HOST": '), ...invalid },
  {
    where: 'Key version',
    what: 'disabled',
    mistake: async (scene) => {
      await scene.put(await scene.encrypt(sampleConfig));
      await scene.disableKeyVersion();
    },
    repair: (scene) => scene.enableKeyVersion(),
    ...refusedKey,
  },
  {
    where: 'Key version',
    what: 'scheduled for destruction',
    mistake: async (scene) => {
      await scene.put(await scene.encrypt(sampleConfig));
      await scene.destroyKeyVersion();
    },
    repair: (scene) => scene.restoreKeyVersion(),
    ...refusedKey,
  },
];

/** Faults and what they lead to, at the start of the service and while it runs. */
export const faultCases: readonly FaultCase[] = [
  ...ofEachRequest,
  ...ofData,
  ...ofCredentials,
  ...ofOperators,
];
