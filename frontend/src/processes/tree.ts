// The processes as a tree. It keeps the order of the list: a branch stands where its
// highest process would, so that who is to blame stays on top.

import type { Process } from './rows';

/** A row of the tree. */
interface TreeRow {
  readonly key: string;
  /** depth is 0 for a process whose parent is not among the rows. */
  readonly depth: number;
}

/** treeOf arranges keys that are in the order of a list. */
export function treeOf(keys: readonly string[], rows: ReadonlyMap<string, Process>): readonly TreeRow[] {
  const parents = parentsOf(rows.values());
  const children = new Map<string | undefined, string[]>();
  const placed = new Set<string>();
  // A process brings its ancestors along, as far as none below them came before.
  for (const key of keys) {
    for (let each: string | undefined = key; each !== undefined && !placed.has(each); each = parents.get(each)) {
      placed.add(each);
      const parent = parents.get(each);
      const siblings = children.get(parent);
      if (siblings) siblings.push(each);
      else children.set(parent, [each]);
    }
  }
  const tree: TreeRow[] = [];
  const stack = (children.get(undefined) ?? []).map((key) => ({ key, depth: 0 })).reverse();
  for (let row = stack.pop(); row; row = stack.pop()) {
    tree.push(row);
    const { key, depth } = row;
    for (const child of [...(children.get(key) ?? [])].reverse()) stack.push({ key: child, depth: depth + 1 });
  }
  return tree;
}

/** withAncestors are the rows and every process that they descend from. */
export function withAncestors(rows: readonly Process[], all: readonly Process[]): readonly Process[] {
  if (rows.length === all.length) return rows;
  const byKey = new Map(all.map((row) => [row.key, row]));
  const parents = parentsOf(all);
  const wanted = new Set<string>();
  for (const { key } of rows) for (let each: string | undefined = key; each !== undefined && !wanted.has(each); each = parents.get(each)) wanted.add(each);
  return Array.from(wanted).flatMap((key) => byKey.get(key) ?? []);
}

/** parentsOf are the keys of the parents. A circle, which no kernel makes, is cut. */
function parentsOf(rows: Iterable<Process>): ReadonlyMap<string, string> {
  const all = Array.from(rows);
  const byPid = new Map(all.flatMap(({ pid, key }) => (pid === null ? [] : [[pid, key] as const])));
  const parents = new Map<string, string>();
  for (const { key, parent } of all) {
    const above = parent === null ? undefined : byPid.get(parent);
    if (above === undefined) continue;
    let circle = false;
    for (let each: string | undefined = above; each !== undefined && !circle; each = parents.get(each)) circle = each === key;
    if (!circle) parents.set(key, above);
  }
  return parents;
}
