import type { Node } from 'libpg-query';

type Keys<Union> = Union extends unknown ? keyof Union : never;
type Kind = Keys<Node>;
type Of<Name extends Kind> = Extract<Node, Record<Name, unknown>>[Name];

/** Returns all nodes of one kind in a syntax tree, the outer ones first. */
export const findAll = <Name extends Kind>(tree: unknown, kind: Name): Of<Name>[] => {
  if (Array.isArray(tree)) return tree.flatMap((each) => findAll(each, kind));
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) => [
    ...(key === kind ? [value as Of<Name>] : []),
    ...findAll(value, kind),
  ]);
};

/** Returns whether an option such as FULL or CONCURRENTLY is on. */
export const hasOption = (options: readonly Node[] | undefined, name: string): boolean =>
  findAll(options, 'DefElem').some(({ defname, arg }) => {
    if (defname !== name) return false;
    const [off] = [...findAll(arg, 'String').map(({ sval }) => sval)];
    return off !== 'false' && off !== 'off';
  });
