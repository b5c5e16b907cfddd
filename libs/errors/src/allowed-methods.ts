import type { Request } from 'express';

/** The part of Express's router that lists the routes. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** A route with this many methods is middleware for all of them and does not define the path. */
const ALL_METHODS = 10;

/** Returns the methods that the request's path supports. Empty if no route matches the path. */
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
