import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Copy, DockerfileParser } from 'dockerfile-ast';
import ignore from 'ignore';
import { parse } from 'yaml';

export const ROOT = join(__dirname, '../..');

export type App = 'inventory' | 'orders' | 'cli';

export interface Instruction {
  readonly keyword: string;
  /** The arguments as the file has them, without flags. */
  readonly text: string;
  readonly words: readonly string[];
  /** The stage that a COPY reads from; undefined for the build context. */
  readonly from: string | undefined;
}

export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly instructions: Instruction[];
}

/** Returns the stages of the app's Dockerfile; the last one is the image. */
export function dockerfileStages(app: App): readonly Stage[] {
  const text = readFileSync(join(ROOT, 'apps', app, 'Dockerfile'), 'utf8');
  const stages: Stage[] = [];
  for (const parsed of DockerfileParser.parse(text).getInstructions()) {
    const keyword = parsed.getKeyword();
    const words = parsed.getArguments().map((argument) => argument.getValue());
    if (keyword === 'FROM') {
      stages.push({ base: words[0] ?? '', name: words[2], instructions: [] });
      continue;
    }
    const flag = keyword === 'COPY' ? (parsed as Copy).getFromFlag() : null;
    const from = flag?.getValue() ?? undefined;
    const instruction = { keyword, text: parsed.getArgumentsContent() ?? '', words, from };
    stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** Returns the variables that the stage sets with ENV. */
export const environmentOf = ({ instructions }: Stage): Record<string, string> =>
  Object.fromEntries(
    instructions
      .filter(({ keyword }) => keyword === 'ENV')
      .flatMap(({ words }) => words.map((word) => word.split('=') as [string, string])),
  );

/** Returns whether .dockerignore excludes the path. Docker anchors every pattern at the root. */
export function isDockerIgnored(path: string): boolean {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const patterns = lines.map((line) => line.replace(/^(!?)(?=[^!#/])/, '$1/'));
  return ignore().add(patterns).ignores(path);
}

/** Returns the files that COPY can read in a clean checkout. */
export function buildContext(): readonly string[] {
  const options = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listing = execFileSync('git', options, { cwd: ROOT, encoding: 'utf8' });
  return listing.split('\0').filter((file) => file !== '' && !isDockerIgnored(file));
}

export interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

const VARIABLE = /\$\{(\w+)(?::?[-?+][^}]*)?\}/g;

/** Returns the variables of docker-compose.yml as it has them: `${NAME:?…}`. */
export const composeVariables = (): readonly { readonly name: string; readonly text: string }[] =>
  [...composeText().matchAll(VARIABLE)].map(([text, name = '']) => ({ name, text }));

/** Returns the services of docker-compose.yml. The value of every variable is its name. */
export function composeServices(): Readonly<Record<string, ComposeService>> {
  const file = parse(composeText().replace(VARIABLE, '$1'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  return file.services;
}

const composeText = (): string => readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
