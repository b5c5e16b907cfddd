/** Names beyond this length are not misspelled names of fields. */
const MAX_LENGTH = 40;

/** Writes a name as it is in any convention: user_id, USER-ID and userId are the same. */
const folded = (name: string): string => name.toLowerCase().replace(/[-_\s]/g, '');

/** Returns the known name that a misspelled one most likely stands for, or undefined. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = folded(name);
  const candidates = known.map((each) => ({ each, distance: distanceOf(wanted, folded(each)) }));
  const [nearest] = candidates.sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= maxDistance(nearest.each) ? nearest.each : undefined;
};

/** One typing error in a short name, two in a longer one. With more, any name would be near. */
const maxDistance = ({ length }: string): number => (length < 4 ? 1 : 2);

/** Returns the number of characters to insert, remove, replace or swap with the next one. */
const distanceOf = (from: string, to: string): number => {
  // Three cannot be near, and names differ in length at little cost.
  if (Math.abs(from.length - to.length) > 2) return Infinity;
  let [beforeLast, last]: [number[], number[]] = [
    [],
    Array.from({ length: to.length + 1 }, (_each, index) => index),
  ];
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const edits = [
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      ];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwapped) edits.push((beforeLast[column - 2] ?? 0) + 1);
      current.push(Math.min(...edits));
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? Infinity;
};
