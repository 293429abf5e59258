import { figure } from '../report/figure.ts';

/** Where values lie on an axis, and which of them are marked. */
export interface Scale {
  /** Position of a value, in pixels. */
  readonly position: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From where to where an axis goes, in pixels. */
export type Range = readonly [from: number, to: number];

/** From zero to a round value at or above the largest. */
export function linearScale(values: readonly number[], [from, to]: Range): Scale {
  const found = Math.max(...values.filter(Number.isFinite), 0);
  // What is nearly zero cannot be divided into steps.
  const largest = found > 1e-300 ? found : 1;
  const step = roundStep(largest / 5);
  const count = Math.ceil(largest / step - 1e-9);
  const end = count * step;
  return {
    position: (value) => from + ((to - from) * value) / end,
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

/** 1, 2 or 5 times a power of ten, at or above the value. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10);
}

/** Over whole powers of ten. Values of zero and less have no place: they are put at the beginning. */
export function logScale(values: readonly number[], [from, to]: Range): Scale {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0);
  // A bar of the least value has to be seen, too.
  const first = Math.floor(Math.log10(Math.min(...positive, Number.MAX_VALUE) * 0.7));
  const last = Math.max(Math.ceil(Math.log10(Math.max(...positive, Number.MIN_VALUE))), first + 1);
  if (positive.length === 0) return linearScale(values, [from, to]);
  return {
    position: (value) =>
      value <= 0 ? from : Math.max(from, from + ((to - from) * (Math.log10(value) - first)) / (last - first)),
    ticks: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
  };
}

/** A value beside an axis. */
export function tickLabel(value: number): string {
  return value === 0 ? '0' : figure(value);
}
