import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { TerraformElement } from 'cdktf';
import type { IConstruct } from 'constructs';

/** A line that a code host can show. */
export interface SourceLocation {
  /** Relative to the project's root, with forward slashes. */
  readonly file: string;
  /** The first line is 1. */
  readonly line: number;
}

const CONSTRUCTS = join(import.meta.dirname, '../../constructs');
const PROJECT = join(CONSTRUCTS, '..');

/**
 * Finds where the code makes a construct. The CDK keeps no stack traces, and taking them would slow every
 * synthesis down, so this goes by the project's rule that a construct's file has the name of its class: the
 * nearest scope with such a file, there the line that makes the construct, else the line of the class.
 *
 * @returns a function of one construct; it answers with main.ts, line 1, when no scope has a file here
 */
export function sourceLocator(): (construct: IConstruct) => SourceLocation {
  const paths = readdirSync(CONSTRUCTS, { recursive: true, encoding: 'utf8' });
  const files = new Map(paths.map((path) => [basename(path), join(CONSTRUCTS, path)]));
  return (construct) => {
    const scopes = construct.node.scopes.toReversed();
    for (const [index, scope] of scopes.entries()) {
      const file = files.get(fileName(scope));
      if (!file || TerraformElement.isTerraformElement(scope)) continue;
      const line = lineIn(readFileSync(file, 'utf8'), scope, scopes[index - 1]);
      return { file: relative(PROJECT, file).split(sep).join('/'), line };
    }
    return { file: 'main.ts', line: 1 };
  };
}

/** `PrivateBucket` is in private-bucket.ts. */
function fileName(construct: IConstruct): string {
  return `${construct.constructor.name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()}.ts`;
}

function lineIn(source: string, scope: IConstruct, child: IConstruct | undefined): number {
  const statements = child
    ? [`(this, '${child.node.id}'`, `new ${child.constructor.name}(`, `class ${scope.constructor.name} `]
    : [`class ${scope.constructor.name} `];
  const lines = source.split('\n');
  const found = statements.map((statement) => lines.findIndex((line) => line.includes(statement)));
  return (found.find((index) => index >= 0) ?? 0) + 1;
}
