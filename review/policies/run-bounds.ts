import { argumentAt, text, wholeNumber } from '../facts/blocks.ts';
import type { ReviewedService } from './cloud-run-services.ts';

/** A number that a service has to set, and the range that it has to be in. */
interface Bound {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly values: (service: ReviewedService) => unknown[];
}

/** The ranges are Google's, https://cloud.google.com/run/quotas: what is outside cannot be meant. */
const BOUNDS: readonly Bound[] = [
  {
    name: 'maximum number of instances',
    unit: '',
    min: 1,
    max: 1000,
    values: ({ run }) => [run.bounds?.instances],
  },
  {
    name: 'memory of one instance',
    unit: ' MiB',
    min: 128,
    max: 32 * 1024,
    values: ({ containers }) =>
      containers.map((container) => mebibytes(argumentAt(container, 'resources', 'limits', 'memory'))),
  },
  {
    name: 'concurrency of one instance',
    unit: ' requests',
    min: 1,
    max: 1000,
    values: ({ run }) => [run.bounds?.concurrency],
  },
  {
    name: 'timeout of one request',
    unit: ' seconds',
    min: 1,
    max: 3600,
    values: ({ run }) => [run.bounds?.timeoutSeconds],
  },
];

/** Which bounds a service does not keep, a sentence for each. */
export function unboundedOf(service: ReviewedService): string[] {
  if (service.run.bounds === undefined) return [];
  return BOUNDS.flatMap(({ name, unit, min, max, values }) =>
    values(service).flatMap((value) => {
      const number = wholeNumber(value);
      if (number !== undefined && number >= min && number <= max) return [];
      const got = value === undefined ? 'not set' : `${value}${unit}`;
      return [`the ${name} is ${got}, allowed are ${min} to ${max}${unit}`];
    }),
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  M: 1000 ** 2,
  G: 1000 ** 3,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** A Kubernetes quantity such as `512Mi` or `1G` as whole mebibytes; anything else stays as it is. */
function mebibytes(quantity: unknown): unknown {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(k|M|G|Ki|Mi|Gi)?$/.exec(text(quantity) ?? '') ?? [];
  const bytes = UNITS[unit];
  return number === undefined || bytes === undefined
    ? quantity
    : Math.floor((Number(number) * bytes) / 1024 ** 2);
}
