/** Which interface stands on which. Pure. */
import type { InterfaceState } from "./control.ts";

type Standing = Pick<InterfaceState, "name" | "master" | "lower">;

export interface Branch<Link> {
  link: Link;
  /** 0 at the top. */
  depth: number;
}

/** Deeper ones are drawn as deep as this. */
const deepest = 4;

/** Ports below their bridge or bond, VLANs and the like below what carries them; else in the order given. */
export function treeOf<Link extends Standing>(links: readonly Link[]): Branch<Link>[] {
  const known = new Set(links.map(({ name }) => name));
  const above = ({ name, master, lower }: Link) => [master, lower].find((one) => one !== name && known.has(one));
  const below = Map.groupBy(links, above);
  const drawn = new Set<string>();
  const tree: Branch<Link>[] = [];
  const draw = (link: Link, depth: number) => {
    if (drawn.has(link.name)) return;
    drawn.add(link.name);
    tree.push({ link, depth: Math.min(depth, deepest) });
    for (const one of below.get(link.name) ?? []) draw(one, depth + 1);
  };
  for (const link of below.get(undefined) ?? []) draw(link, 0);
  // What is left stands in a circle.
  for (const link of links) draw(link, 0);
  return tree;
}

/** An interface and all that its packets go through: what is below it, its ports, and theirs. */
export function carriers(links: readonly Standing[], name: string): string[] {
  const found = new Set<string>();
  const add = (one: string) => {
    if (one === "" || found.has(one)) return;
    found.add(one);
    add(links.find((link) => link.name === one)?.lower ?? "");
    for (const port of links) if (port.master === one) add(port.name);
  };
  add(name);
  return [...found];
}
