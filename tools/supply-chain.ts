/**
 * `npm run supply-chain`: checks the lock file and the licenses of what the images contain, and prints how many
 * packages have each license. `-- --list` prints all packages with their licenses.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { print, projectRoot, runTool, ToolError } from './tool';

export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly license?: string;
}

export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** Licenses that allow use in a product under any license, with a notice. */
const ACCEPTED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
]);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 13);

/**
 * Returns what is wrong with the packages of a lock file: one without a SHA-512 of its contents, one that comes
 * from elsewhere than the registry, and one with an install script about which package.json says nothing.
 */
export const lockFaults = (
  packages: LockedPackages,
  allowScripts: Readonly<Record<string, boolean>>,
): string[] =>
  Object.entries(packages).flatMap(([path, { integrity = '', resolved, hasInstallScript }]) => {
    if (path === '') return [];
    const name = nameOf(path);
    const faults: string[] = [];
    if (!integrity.startsWith('sha512-'))
      faults.push(`${name} has no SHA-512 in package-lock.json`);
    if (resolved !== undefined)
      faults.push(`${name} has an address of its own in package-lock.json: ${resolved}`);
    if (hasInstallScript && !(name in allowScripts))
      faults.push(
        `${name} has an install script, and allowScripts in package.json does not name it`,
      );
    return faults;
  });

/** Returns the licenses of the packages that the images contain, by name and version. */
export const productionLicenses = (
  packages: LockedPackages,
  readLicense: (path: string) => string | undefined,
): Map<string, string> =>
  new Map(
    Object.entries(packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
      .map(([path, { version = '', license }]) => [
        `${nameOf(path)}@${version}`,
        license ?? readLicense(path) ?? 'unknown',
      ]),
  );

/** Returns the packages whose license is not one of the accepted ones. */
export const licenseFaults = (licenses: ReadonlyMap<string, string>): string[] =>
  [...licenses]
    .filter(([, license]) => !ACCEPTED.has(license))
    .map(([name, license]) => `${name} has the license ${license}`);

const readJson = (...path: string[]): unknown =>
  JSON.parse(readFileSync(join(projectRoot, ...path), 'utf8'));

/** Of old packages, which have a list and are therefore without a license in the lock file. */
const readOldLicense = (path: string): string | undefined => {
  const { licenses } = readJson(path, 'package.json') as { licenses?: { type?: string }[] };
  return licenses?.[0]?.type;
};

async function main(): Promise<void> {
  const { packages } = readJson('package-lock.json') as { packages: LockedPackages };
  const { allowScripts } = readJson('package.json') as { allowScripts: Record<string, boolean> };
  const licenses = productionLicenses(packages, readOldLicense);
  if (process.argv.includes('--list'))
    for (const [name, license] of licenses) print(`${name}\t${license}`);
  const counts = new Map<string, number>();
  for (const license of licenses.values()) counts.set(license, (counts.get(license) ?? 0) + 1);
  for (const [license, count] of counts) print(`${count} packages: ${license}`);
  const faults = [...lockFaults(packages, allowScripts), ...licenseFaults(licenses)];
  if (faults.length > 0) throw new ToolError(faults.join('\n'));
  print(`The lock file has the SHA-512 of all ${Object.keys(packages).length - 1} packages.`);
  return Promise.resolve();
}

if (require.main === module) runTool(main);
