/** What one measurement gave, in the unit of its table. */
export interface Spread {
  readonly name: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Figures that are compared with each other: of the same run, in the same unit. */
export interface Table {
  readonly caption: string;
  /** Such as `ms`, `requests/s`, `MB`. */
  readonly unit: string;
  /** The first row is what the others are compared with. */
  readonly rows: readonly Spread[];
}

/** What was aimed at, and what was got. */
export interface Target {
  /** Without the figures, such as `npm start to the first page`. */
  readonly text: string;
  readonly bound: 'at most' | 'at least';
  readonly allowed: number;
  readonly measured: number;
  readonly unit: string;
}

/** Bars side by side. */
export interface BarPlot {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: string;
  /** @default 'linear' */
  readonly scale?: 'linear' | 'log';
  readonly bars: readonly Spread[];
}

/** One line for each series, over a common x axis. */
export interface LinePlot {
  readonly kind: 'lines';
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (Omit<Spread, 'name'> & { readonly x: number })[];
  }[];
}

/** What a measurement has to say. */
export interface Report {
  readonly title: string;
  /** From where to where is measured, against what, with how many rounds: a sentence or three. */
  readonly what: string;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly plots: readonly (BarPlot | LinePlot)[];
  /** What falls short and why, or what one has to know to read the figures. */
  readonly notes: readonly string[];
}

/** What can be asked of every measurement. */
export interface MeasureOptions {
  /** How long to measure, where that is for the caller to choose. */
  readonly seconds?: number | undefined;
}

/** What each bench/NAME.ts exports as `measure`. */
export type Measure = (options?: MeasureOptions) => Promise<Report>;

/** Whether what was got is what was aimed at; what could not be measured is not, and in JSON it is null. */
export function isMet({ bound, allowed, measured }: Target): boolean {
  if (!Number.isFinite(measured)) return false;
  return bound === 'at most' ? measured <= allowed : measured >= allowed;
}
