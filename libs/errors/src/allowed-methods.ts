import type { Request } from 'express';

/** The part of Express's router that says which routes there are. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** A route for this many methods is middleware for any of them, and says nothing of the path. */
const ALL_METHODS = 10;

/** The methods that do exist at a path where the one asked for does not. Empty: no such path. */
export const allowedMethods = ({ app, path }: Request): string[] => {
  const { stack } = app.router as unknown as { stack: readonly Layer[] };
  const methods = stack
    .filter((layer) => layer.route && layer.match(path))
    .map(({ route }) => Object.keys(route?.methods ?? {}))
    .filter((names) => names.length < ALL_METHODS)
    .flat()
    .map((method) => method.toUpperCase());
  return [...new Set(methods)].sort();
};
