import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What the checks here read of a service; the Compose schema is what says what may be there. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

/** Reads docker-compose.yml as Compose does when no variable is set. */
export const readComposeFile = (root: string): ComposeFile =>
  parse(withDefaults(readFileSync(join(root, 'docker-compose.yml'), 'utf8')), {
    merge: true,
  }) as ComposeFile;

/** `${NAME:-default}` becomes its default; a variable without one would be empty at a first try. */
function withDefaults(text: string): string {
  const resolved = text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  const unknown = /\$.{0,20}/.exec(resolved);
  if (unknown) throw new Error(`docker-compose.yml: ${unknown[0]} has no default`);
  return resolved;
}
