import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';

export const INVENTORY_PROTO = 'inventory/v1/inventory.proto';
export const INVENTORY_PACKAGE = 'inventory.v1';
export const INVENTORY_SERVICE = 'InventoryService';

/** Says so much as how proto-loader shows messages that both sides must agree on it. */
const SHAPE = { longs: Number, enums: String, defaults: true, arrays: true };

/**
 * The folder of the .proto files: QUICKBITE_PROTO_DIR, or the first `proto/` above this file. That
 * holds in a bundle (dist/apps/x), in watch mode, under Jest, and in an image (proto beside dist).
 */
export const protoDirectory = (): string => {
  const override = process.env.QUICKBITE_PROTO_DIR;
  if (override) return override;
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'proto');
    if (existsSync(join(candidate, INVENTORY_PROTO))) return candidate;
    if (folder === dirname(folder)) {
      throw new Error(
        `No proto/${INVENTORY_PROTO} in any folder above ${__dirname}. ` +
          'Copy proto/ beside dist/, or set QUICKBITE_PROTO_DIR to where it is.',
      );
    }
  }
};

/** How proto-loader is to read our files, on both sides of the wire. */
export const loaderOptions = () => ({ ...SHAPE, includeDirs: [protoDirectory()] });

export const loadProto = (file: string): PackageDefinition => loadSync(file, loaderOptions());

/**
 * Every .proto file with what it imports, comments included, as reflection serves it. Made by
 * `npm run proto:types`, since proto-loader's own descriptors do not say what a file imports.
 */
export const readDescriptorSet = (): Buffer =>
  readFileSync(join(protoDirectory(), 'descriptor-set.binpb'));
