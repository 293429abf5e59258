/** A node of the graph: its address and the addresses that it needs. */
export interface Node {
  readonly address: string;
  readonly needs: ReadonlySet<string>;
}

/** The nodes in an order in which each comes after what it needs, and the cycles that have no such order. */
export interface Order<T extends Node> {
  readonly sorted: readonly T[];
  /** Each as a path that ends where it began, e.g. `a -> b -> a`. */
  readonly cycles: readonly string[];
}

/** Sorts nodes topologically. Every needed address must be a node's. */
export function sortByDependency<T extends Node>(nodes: ReadonlyMap<string, T>): Order<T> {
  const sorted: T[] = [];
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (address: string): void => {
    const node = nodes.get(address);
    if (done.has(address) || node === undefined) return;
    if (path.includes(address)) {
      cycles.push([...path.slice(path.indexOf(address)), address].join(' -> '));
      return;
    }
    path.push(address);
    for (const needed of node.needs) visit(needed);
    path.pop();
    if (!done.has(address)) sorted.push(node);
    done.add(address);
  };
  for (const address of nodes.keys()) visit(address);
  return { sorted, cycles };
}
