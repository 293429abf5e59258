import type { BarPlot, LinePlot } from '../report.ts';
import { barsSvg } from './bars.ts';
import { linesSvg } from './lines.ts';

/** A plot as an SVG file that loads nothing and follows the reader's colour scheme. */
export function plotSvg(plot: BarPlot | LinePlot): string {
  return plot.kind === 'bars' ? barsSvg(plot) : linesSvg(plot);
}
