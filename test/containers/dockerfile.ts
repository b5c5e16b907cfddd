import { readFileSync } from 'node:fs';
import {
  type Cmd,
  type Copy,
  DockerfileParser,
  type Env,
  type From,
  type Instruction,
  type ModifiableInstruction,
} from 'dockerfile-ast';

/** One instruction, as far as it is understood here. `text` is what the file says. */
export type Step = { readonly text: string } & (
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'env'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'copy'; readonly sources: readonly string[]; readonly target: string }
  | {
      readonly kind: 'copyFrom';
      readonly stage: Stage;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'expose'; readonly port: string }
  | { readonly kind: 'stopsignal'; readonly signal: string }
  | { readonly kind: 'cmd'; readonly args: readonly string[] }
);

export interface Stage {
  readonly name?: string;
  /** The earlier stage that this one goes on from, or the image that it starts with. */
  readonly base: Stage | string;
  readonly steps: readonly Step[];
}

/** What a container is started with. */
export interface ImageConfig {
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly ports: readonly string[];
  readonly stopSignal: string;
  readonly args: readonly string[];
}

const DOCKER_DEFAULTS: ImageConfig = {
  workdir: '/',
  env: {},
  user: 'root',
  ports: [],
  stopSignal: 'SIGTERM',
  args: [],
};

/**
 * Reads a Dockerfile. What is not understood is an error rather than left out, since a check that
 * passes over an instruction says nothing about the image.
 */
export function readDockerfile(file: string): readonly Stage[] {
  return parseDockerfile(readFileSync(file, 'utf8'), file);
}

export function parseDockerfile(text: string, file = 'Dockerfile'): readonly Stage[] {
  const dockerfile = DockerfileParser.parse(text);
  const stages: (Stage & { readonly steps: Step[] })[] = [];
  if (dockerfile.getDirectives().length > 0) throw new Error(`${file}: directives are not known`);
  for (const instruction of dockerfile.getInstructions()) {
    try {
      if (instruction.getKeyword() === 'FROM') {
        stages.push({ ...readFrom(instruction as From, stages), steps: [] });
        continue;
      }
      const stage = stages.at(-1);
      if (!stage) throw new Error('only FROM may come first');
      stage.steps.push(readStep(instruction, stages));
    } catch (error) {
      const line = instruction.getRange().start.line + 1;
      throw new Error(`${file}:${line}: ${(error as Error).message}`, { cause: error });
    }
  }
  return stages;
}

/** The stage that becomes the image. */
export function finalStage(stages: readonly Stage[]): Stage {
  const last = stages.at(-1);
  if (!last) throw new Error('There is no FROM');
  return last;
}

/** What the stage, and those it goes on from, set for a container. */
export function configOf({ base, steps }: Stage): ImageConfig {
  const inherited = typeof base === 'string' ? DOCKER_DEFAULTS : configOf(base);
  return steps.reduce(configAfter, inherited);
}

export function configAfter(config: ImageConfig, step: Step): ImageConfig {
  switch (step.kind) {
    case 'workdir':
      return { ...config, workdir: step.path };
    case 'env':
      return { ...config, env: { ...config.env, ...step.variables } };
    case 'user':
      return { ...config, user: step.user };
    case 'expose':
      return { ...config, ports: [...config.ports, step.port] };
    case 'stopsignal':
      return { ...config, stopSignal: step.signal };
    case 'cmd':
      return { ...config, args: step.args };
    case 'copy':
    case 'copyFrom':
    case 'run':
      return config;
  }
}

function readFrom(from: From, earlier: readonly Stage[]): Omit<Stage, 'steps'> {
  refuseFlags(from);
  const [image, as, name] = words(from);
  const known = as === undefined ? 1 : 3;
  if (!image || from.getArguments().length !== known || (as && as.toUpperCase() !== 'AS')) {
    throw new Error('FROM is known as FROM image [AS name]');
  }
  return { name, base: earlier.find((stage) => stage.name === image) ?? image };
}

function readStep(instruction: Instruction, stages: readonly Stage[]): Step {
  const text = `${instruction.getKeyword()} ${instruction.getArgumentsContent() ?? ''}`;
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      return { text, kind: 'workdir', path: absolute(onlyWord(instruction)) };
    case 'ENV':
      return { text, kind: 'env', variables: readVariables(instruction as Env) };
    case 'COPY':
      return readCopy(text, instruction as Copy, stages);
    case 'RUN':
      return { text, kind: 'run', command: readCommand(instruction as ModifiableInstruction) };
    case 'USER':
      return { text, kind: 'user', user: onlyWord(instruction) };
    case 'EXPOSE':
      return { text, kind: 'expose', port: onlyWord(instruction) };
    case 'STOPSIGNAL':
      return { text, kind: 'stopsignal', signal: onlyWord(instruction) };
    case 'CMD':
      return { text, kind: 'cmd', args: readExecForm(instruction as Cmd) };
    default:
      throw new Error(`${instruction.getKeyword()} is not known`);
  }
}

function readVariables(env: Env): Record<string, string> {
  words(env);
  return Object.fromEntries(
    env.getProperties().map((property) => [property.getName(), property.getValue() ?? '']),
  );
}

function readCopy(text: string, copy: Copy, stages: readonly Stage[]): Step {
  const from = copy.getFromFlag()?.getValue();
  refuseFlags(copy, ['from']);
  const paths = words(copy);
  const sources = paths.slice(0, -1);
  const target = paths.at(-1);
  if (sources.length === 0 || target === undefined) throw new Error('COPY takes two paths or more');
  if (paths.some((path) => /^\[|^<<|[*?\\]/.test(path))) {
    throw new Error('COPY is known with plain paths only');
  }
  if (sources.length > 1 && !target.endsWith('/')) {
    throw new Error('the target of several sources ends with /');
  }
  if (from === undefined || from === null) return { text, kind: 'copy', sources, target };
  const stage = stages.slice(0, -1).find(({ name }) => name === from);
  if (!stage) throw new Error(`there is no earlier stage ${from}`);
  return { text: `${text} (from ${from})`, kind: 'copyFrom', stage, sources, target };
}

function readCommand(run: ModifiableInstruction): string {
  refuseFlags(run);
  const command = run.getArgumentsContent() ?? '';
  if (/^\[|<</.test(command)) throw new Error('RUN is known in its shell form only');
  return command;
}

function readExecForm(cmd: Cmd): string[] {
  refuseFlags(cmd);
  if (!cmd.getOpeningBracket() || !cmd.getClosingBracket()) {
    throw new Error('CMD is known as a list of strings only');
  }
  return cmd.getJSONStrings().map((argument) => argument.getJSONValue());
}

function onlyWord(instruction: Instruction): string {
  const [word, ...others] = words(instruction);
  if (word === undefined || others.length > 0) {
    throw new Error(`${instruction.getKeyword()} is known with one argument`);
  }
  return word;
}

function words(instruction: Instruction): string[] {
  if (instruction.getVariables().length > 0) throw new Error('variables are not known here');
  return instruction.getArguments().map((argument) => argument.getValue());
}

function refuseFlags(instruction: ModifiableInstruction, known: readonly string[] = []): void {
  const unknown = instruction.getFlags().find((flag) => !known.includes(flag.getName()));
  if (unknown) throw new Error(`--${unknown.getName()} is not known`);
}

function absolute(path: string): string {
  if (!path.startsWith('/')) throw new Error(`${path} is not an absolute path`);
  return path;
}
