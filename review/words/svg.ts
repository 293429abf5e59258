import type { Diagram, DiagramEdge } from './diagram.ts';
import type { DiagramNode } from './diagram-nodes.ts';
import { escapeHtml } from './escape-html.ts';

const WIDTH = 216;
const HEIGHT = 72;
const COLUMN_GAP = 112;
const ROW_GAP = 40;
const MARGIN = 8;

interface Box {
  readonly node: DiagramNode;
  readonly x: number;
  readonly y: number;
}

/** The diagram as one `<svg>` element, coloured by the classes of html-style.ts; every text in it is escaped. */
export function svgOf(diagram: Diagram): string {
  const boxes = layout(diagram);
  const all = [...boxes.values()];
  const width = Math.max(0, ...all.map(({ x }) => x)) + WIDTH + MARGIN;
  const height = Math.max(0, ...all.map(({ y }) => y)) + HEIGHT + MARGIN;
  const title = 'Who reaches what: services, identities, keys and objects';
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    ...(['access', 'public', 'refused', 'structure'] as const).map(marker),
    ...diagram.edges.map((edge) => edgeSvg(edge, boxes)),
    ...all.map(boxSvg),
    '</svg>',
  ].join('\n');
}

/** Rows for the right-hand column; every other box stands level with what its arrows lead to, pushed down if taken. */
function layout({ nodes, edges }: Diagram): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const column of [3, 2, 1, 0]) {
    const wanted = nodes
      .filter((node) => node.column === column)
      .map((node) => ({ node, y: column === 3 ? 0 : levelOf(node, edges, boxes) }))
      .sort((a, b) => a.y - b.y);
    let free = MARGIN;
    for (const { node, y } of wanted) {
      const top = Math.max(free, y);
      boxes.set(node.id, { node, x: MARGIN + column * (WIDTH + COLUMN_GAP), y: top });
      free = top + HEIGHT + ROW_GAP;
    }
  }
  return boxes;
}

function levelOf(node: DiagramNode, edges: readonly DiagramEdge[], boxes: ReadonlyMap<string, Box>): number {
  const targets = edges.filter(({ from }) => from === node.id).flatMap(({ to }) => boxes.get(to) ?? []);
  return targets.reduce((sum, { y }) => sum + y, 0) / Math.max(1, targets.length);
}

function marker(tone: DiagramEdge['tone']): string {
  const shape = tone === 'refused' ? 'M1 1 L9 9 M9 1 L1 9' : 'M0 0 L10 5 L0 10 z';
  return (
    `<marker id="end-${tone}" class="end ${tone}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" ` +
    `markerHeight="8" orient="auto"><path d="${shape}"/></marker>`
  );
}

function edgeSvg({ from, to, label, tone }: DiagramEdge, boxes: ReadonlyMap<string, Box>): string {
  const [start, end] = [boxes.get(from), boxes.get(to)];
  if (!start || !end) return '';
  const { path, x, y, anchor } = start.x < end.x ? sideways(start, end) : downOrUp(start, end);
  return (
    `<path class="edge ${tone}" d="${path}" marker-end="url(#end-${tone})"/>` +
    `<text class="label ${tone}" x="${x}" y="${y}" text-anchor="${anchor}">${escapeHtml(label)}</text>`
  );
}

function sideways(start: Box, end: Box) {
  const [x1, y1] = [start.x + WIDTH, start.y + HEIGHT / 2];
  const [x2, y2] = [end.x - 3, end.y + HEIGHT / 2];
  const bend = (x2 - x1) / 2;
  const path = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  // Above the end of the curve, where it runs level and no other curve crosses it.
  return { path, x: x2 - 12, y: y2 - 8, anchor: 'end' };
}

function downOrUp(start: Box, end: Box) {
  const isDown = start.y < end.y;
  const [y1, y2] = isDown ? [start.y + HEIGHT, end.y - 3] : [start.y, end.y + HEIGHT + 3];
  const x = start.x + WIDTH / 3;
  return {
    path: `M${x} ${y1} L${end.x + WIDTH / 3} ${y2}`,
    x: x + 10,
    y: (y1 + y2) / 2 + 4,
    anchor: 'start',
  };
}

function boxSvg({ node, x, y }: Box): string {
  const line = (className: string, offset: number, text: string) =>
    `<text class="${className}" x="${x + 14}" y="${y + offset}">${escapeHtml(shortened(text))}</text>`;
  return [
    `<g class="node ${node.kind}"><title>${escapeHtml(node.id)}</title>`,
    `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="10"/>`,
    line('caption', 21, node.caption),
    line('title', 41, node.title),
    line('subtitle', 59, node.subtitle),
    '</g>',
  ].join('');
}

/** As much as fits into a box; the whole name is its tooltip, and stands in the tables. */
function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= 29
    ? text
    : `${characters.slice(0, 16).join('')}…${characters.slice(-12).join('')}`;
}
