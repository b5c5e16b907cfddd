import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import {
  FileDescriptorSet,
  type IFileDescriptorProto,
  type IFileDescriptorSet,
} from 'protobufjs/ext/descriptor';

export const INVENTORY_PROTO = 'inventory/v1/inventory.proto';
export const INVENTORY_PACKAGE = 'inventory.v1';
export const INVENTORY_SERVICE = 'InventoryService';

/** How proto-loader represents messages. Client and server must use the same options. */
const SHAPE = { longs: Number, enums: String, defaults: true, arrays: true };

/**
 * Returns the folder of the .proto files: QUICKBITE_PROTO_DIR, or the first `proto/` above this file.
 * Works in a bundle (dist/apps/x), in watch mode, under Jest, and in an image (proto/ beside dist/).
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

/** Returns the proto-loader options of the client and the server. */
export const loaderOptions = () => ({ ...SHAPE, includeDirs: [protoDirectory()] });

/** Loads a .proto file, by its path inside `proto/`. */
export const loadProto = (file: string): PackageDefinition => loadSync(file, loaderOptions());

/**
 * Returns the descriptors of all .proto files and their imports, with comments, as reflection serves
 * them. `npm run proto:types` generates them; the descriptors of proto-loader lack imports.
 */
export const readDescriptorSet = (): Buffer =>
  readFileSync(join(protoDirectory(), 'descriptor-set.binpb'));

/** Returns the files that a descriptor set describes. */
export const decodeDescriptorSet = (descriptorSet: Buffer): readonly IFileDescriptorProto[] => {
  const { file = [] } = FileDescriptorSet.toObject(
    FileDescriptorSet.decode(descriptorSet),
  ) as Partial<IFileDescriptorSet>;
  return file;
};
