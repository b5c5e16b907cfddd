import { readFileSync } from 'node:fs';

/** The end of the name of a variable whose value is the path of a file with a setting. */
const SUFFIX = '_FILE';

type Variables = Readonly<Record<string, string | undefined>>;

/** Settings whose values are in files. */
export interface SettingFiles {
  /** The value by setting. */
  readonly values: Readonly<Record<string, string>>;
  /** The path of the file by setting. */
  readonly paths: Readonly<Record<string, string>>;
  /** What is wrong, with the remedy, by setting. */
  readonly faults: Readonly<Record<string, string>>;
}

/** Returns the name of the variable that names the file of a setting. */
export const fileVariableOf = (setting: string): string => setting + SUFFIX;

/**
 * Reads the settings that are in files: with `NAME_FILE=/run/secrets/name`, the content of the file is the
 * value of NAME. One newline at its end is removed. A setting whose own name ends in _FILE has a path as its
 * value, and is none of these.
 */
export const readSettingFiles = (settings: readonly string[], env: Variables): SettingFiles => {
  const values: Record<string, string> = {};
  const paths: Record<string, string> = {};
  const faults: Record<string, string> = {};
  for (const setting of settings) {
    const variable = fileVariableOf(setting);
    const path = env[variable];
    if (!path || settings.includes(variable)) continue;
    paths[setting] = path;
    if (env[setting]) {
      faults[setting] = `${setting} and ${variable} must not be set both. Remove one of them.`;
      continue;
    }
    const content = readContent(path);
    if ('fault' in content)
      faults[setting] = `${variable} must name a file with the value, but ${path} ${content.fault}`;
    else values[setting] = content.value;
  }
  return { values, paths, faults };
};

const readContent = (path: string): { readonly value: string } | { readonly fault: string } => {
  try {
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return value === '' ? { fault: 'is empty. Write the value to it.' } : { value };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      fault: `cannot be read (${code}). Correct the path, or the permissions of the file.`,
    };
  }
};
