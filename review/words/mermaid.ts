import type { Diagram } from './diagram.ts';
import type { DiagramNode } from './diagram-nodes.ts';
import { visible } from './text.ts';

const ARROWS = { access: '-->', public: '==>', refused: '-.-x', structure: '-.->' } as const;
const SHAPES: Readonly<Record<DiagramNode['kind'], readonly [open: string, close: string]>> = {
  internet: ['((', '))'],
  service: ['[', ']'],
  identity: ['([', '])'],
  key: ['{{', '}}'],
  object: ['[(', ')]'],
  other: ['[', ']'],
};

/** The diagram as Mermaid draws it, https://mermaid.js.org/syntax/flowchart.html. Names cannot leave their quotes. */
export function mermaidOf({ nodes, edges }: Diagram): string {
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const boxes = nodes.map(({ id, kind, caption, title, subtitle }) => {
    const [open, close] = SHAPES[kind];
    const lines = [caption, title, subtitle].filter((line) => line !== '').map(label);
    return `  ${ids.get(id)}${open}"${lines.join('<br/>')}"${close}`;
  });
  const arrows = edges
    .filter(({ from, to }) => ids.has(from) && ids.has(to))
    .map(
      (edge) => `  ${ids.get(edge.from)} ${ARROWS[edge.tone]}|"${label(edge.label)}"| ${ids.get(edge.to)}`,
    );
  return ['flowchart LR', ...boxes, ...arrows].join('\n');
}

/** Everything but plain characters as Mermaid's character code, `#35;`. */
function label(text: string): string {
  return visible(text).replace(/[^\p{L}\p{N} @.,:/_-]/gu, (character) => `#${character.codePointAt(0)};`);
}
