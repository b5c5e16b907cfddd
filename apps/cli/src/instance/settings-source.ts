import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { findCheckout, hidePassword, isPasswordHidden, readSettingFiles } from '@app/config';
import { CommandError } from '../command-line/command-error';
import {
  type InstanceEndpoints,
  type RunningInstance,
  runningInstanceOf,
} from './running-instance';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Settings of a service, and where they come from, in words for the operator. */
export interface SourcedSettings {
  /** Only what the source sets. The schema of the service adds the defaults. */
  readonly values: Variables;
  readonly source: string;
}

export interface SettingsRequest {
  /** Settings that belong together, such as the host and the port of one service. */
  readonly names: readonly string[];
  /** Selects the same settings from a running instance. Undefined: that instance has none. */
  readonly fromInstance: (endpoints: InstanceEndpoints) => Variables | undefined;
}

/**
 * Returns settings that belong together from the first source that has one of them: the environment,
 * the running instance of the checkout that contains `folder`, its `.env` file, or the defaults. The
 * instance precedes `.env`, since it publishes what it really uses. It publishes no password of an external
 * database; that one is in `.env`, or the command fails.
 */
export async function readSettings(
  { names, fromInstance }: SettingsRequest,
  folder = process.cwd(),
  environment: Variables = process.env,
): Promise<SourcedSettings> {
  const checkout = findCheckout(folder);
  const file = join(checkout ?? folder, '.env');
  const fileVariables = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const merged = { ...present(names, fileVariables), ...present(names, environment) };

  const inEnvironment = Object.keys(present(names, environment));
  if (inEnvironment.length > 0) {
    return { values: merged, source: `${inEnvironment.join(' and ')} in the environment` };
  }
  const instance = checkout === undefined ? undefined : await runningInstanceOf(checkout);
  if (instance) {
    const { command, pid, endpoints } = instance;
    if (!endpoints) {
      throw new CommandError(
        `${command} (pid ${pid}) in ${instance.checkout} is still starting. Try again when it is ready.`,
      );
    }
    const values = fromInstance(endpoints);
    const source = `${command}, pid ${pid}, in ${instance.checkout}`;
    if (values) return { values: withPasswords(values, merged, instance), source };
  }
  if (Object.keys(merged).length > 0) return { values: merged, source: file };
  return { values: {}, source: 'the default' };
}

/** Takes the URLs whose passwords are hidden from `known`, which must name the same databases. */
function withPasswords(values: Variables, known: Variables, instance: RunningInstance): Variables {
  const reveal = ([name, value = '']: [string, string | undefined]) => {
    if (!isPasswordHidden(value)) return [name, value] as const;
    // Without the setting of an owner, the instance publishes the service's own role as the owner.
    const own = [known[name], known[name.replace('_OWNER_', '_')]];
    const revealed = own.find((each) => each !== undefined && hidePassword(each) === value);
    if (revealed !== undefined) return [name, revealed] as const;
    throw new CommandError(
      `${instance.command} (pid ${instance.pid}) in ${instance.checkout} uses ${value}, whose password it ` +
        `does not publish. Set ${name} in the environment.`,
    );
  };
  return Object.fromEntries(Object.entries(values).map(reveal));
}

/** From variables or their files. An empty variable counts as not set, as it does for the services. */
const present = (names: readonly string[], variables: Variables): Variables => {
  const { values, faults } = readSettingFiles(names, variables);
  const [fault] = Object.values(faults);
  if (fault !== undefined) throw new CommandError(fault);
  const set = names.flatMap((name) => {
    const value = values[name] ?? variables[name];
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(set);
};
