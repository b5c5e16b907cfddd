import { readdirSync } from 'node:fs';
import { decodeDescriptorSet, protoDirectory, readDescriptorSet } from './proto-files';

it('gives every proto file of this repository a Go package', () => {
  const own = readdirSync(protoDirectory(), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.proto'));
  const goPackages = new Map(
    decodeDescriptorSet(readDescriptorSet()).map(({ name, options }) => [name, options?.goPackage]),
  );
  expect(own).toContain('inventory/v1/inventory.proto');
  // A path of Go has a slash or a period, and the name of the package follows a semicolon.
  for (const file of own) expect(goPackages.get(file)).toMatch(/^[^;]*[/.][^;]*;\w+$/);
});
