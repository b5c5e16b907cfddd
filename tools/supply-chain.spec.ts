import { licenseFaults, lockFaults, productionLicenses } from './supply-chain';

const sound = { version: '1.0.0', integrity: 'sha512-x', license: 'MIT' };

it('accepts packages of the registry with a hash', () => {
  const packages = { '': {}, 'node_modules/a': sound, 'node_modules/a/node_modules/@b/c': sound };
  expect(lockFaults(packages, {})).toEqual([]);
});

it.each([
  ['no hash', { ...sound, integrity: undefined }, 'a has no SHA-512 in package-lock.json'],
  ['a weak hash', { ...sound, integrity: 'sha1-x' }, 'a has no SHA-512 in package-lock.json'],
  [
    'an address of its own',
    { ...sound, resolved: 'git+ssh://git@host/a' },
    'a has an address of its own in package-lock.json: git+ssh://git@host/a',
  ],
  [
    'an install script',
    { ...sound, hasInstallScript: true },
    'a has an install script, and allowScripts in package.json does not name it',
  ],
])('rejects a package with %s', (_what, each, fault) => {
  const { integrity, ...rest } = each;
  const locked = { ...rest, ...(integrity !== undefined && { integrity }) };
  expect(lockFaults({ 'node_modules/a': locked }, {})).toEqual([fault]);
});

it('accepts an install script that package.json names, whether it may run or not', () => {
  const packages = { 'node_modules/x/node_modules/@a/b': { ...sound, hasInstallScript: true } };
  expect(lockFaults(packages, { '@a/b': false })).toEqual([]);
});

it('finds the licenses of production packages, also of old ones', () => {
  const packages = {
    '': {},
    'node_modules/a': sound,
    'node_modules/old': { version: '0.1.0', integrity: 'sha512-x' },
    'node_modules/none': { version: '0.2.0', integrity: 'sha512-x' },
    'node_modules/tool': { ...sound, license: 'GPL-3.0', dev: true },
  };
  const read = (path: string) => (path === 'node_modules/old' ? 'ISC' : undefined);
  const licenses = productionLicenses(packages, read);
  expect(Object.fromEntries(licenses)).toEqual({
    'a@1.0.0': 'MIT',
    'old@0.1.0': 'ISC',
    'none@0.2.0': 'unknown',
  });
  expect(licenseFaults(licenses)).toEqual(['none@0.2.0 has the license unknown']);
});
