import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plotSvg } from '../plot/plot.ts';
import { reportText, targetsTable } from './markdown.ts';
import type { Result } from './results.ts';

const BEGIN = '<!-- figures: `npm run bench -- docs` writes what is between the two markers -->';
const END = '<!-- end of figures -->';

/**
 * Writes the targets and the first plot of each result into docs/benchmarks.md, between its two markers, and beside it
 * each report as docs/benchmarks/NAME.md and its plots as docs/benchmarks/NAME-NUMBER.svg. What is outside of the markers
 * is kept, and so is what is of no result.
 *
 * @param docs the folder of the page
 * @throws Error when the page has no markers; then nothing is written
 */
export function writePage(docs: string, results: readonly Result[]): void {
  const page = join(docs, 'benchmarks.md');
  const text = withFigures(readFileSync(page, 'utf8'), figuresText(results));
  const folder = join(docs, 'benchmarks');
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (results.some(({ name }) => file.replace(/-\d+\.svg$/, '') === name)) rmSync(join(folder, file));
  }
  for (const result of results) {
    writeFileSync(join(folder, `${result.name}.md`), `${reportPage(result)}\n`);
    for (const [index, plot] of result.report.plots.entries()) {
      writeFileSync(join(folder, plotFile(result.name, index)), plotSvg(plot));
    }
  }
  writeFileSync(page, text);
}

/** The page with other figures. @throws Error when it has no markers */
export function withFigures(page: string, figures: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) {
    throw new Error(
      `docs/benchmarks.md has not both markers. Fix: put these two lines back:\n${BEGIN}\n${END}`,
    );
  }
  return `${page.slice(0, begin)}${BEGIN}\n\n${figures}\n\n${page.slice(end)}`;
}

function figuresText(results: readonly Result[]): string {
  const machines = new Set(results.map(({ machine, versions }) => `- ${machine}\n- ${versions}`));
  return [...machines, targetsTable(results), ...results.map(headline)].join('\n\n');
}

function headline({ name, report }: Result): string {
  const [plot] = report.plots;
  const image = plot ? `\n\n![${plot.title}](benchmarks/${plotFile(name, 0)})` : '';
  return `### [${report.title}](benchmarks/${name}.md)${image}`;
}

function reportPage(result: Result): string {
  const { name, report, measuredAt, commit } = result;
  const plots = report.plots.map(({ title }, index) => `![${title}](${plotFile(name, index)})`);
  const when = `\`npm run bench -- ${name}\`, ${measuredAt.slice(0, 10)}, commit ${commit}`;
  return [reportText(result, '#'), ...plots, when].join('\n\n');
}

function plotFile(name: string, index: number): string {
  return `${name}-${index + 1}.svg`;
}
