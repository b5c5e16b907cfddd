import type { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import {
  FileDescriptorProto,
  FileDescriptorSet,
  type IFileDescriptorSet,
} from 'protobufjs/ext/descriptor';
import {
  INVENTORY_PACKAGE,
  INVENTORY_PROTO,
  loaderOptions,
  readDescriptorSet,
} from '@app/contracts';
import type { GrpcHealth } from './health/grpc-health';

/** 256 baskets of 100 lines with 64-character SKUs take about 2 MB. */
const MAX_REQUEST_BYTES = 4_194_304;

/**
 * Serves reflection from the descriptors that buf generates. The descriptors of proto-loader lack the
 * imports of each file, so clients cannot resolve a service that uses a Timestamp.
 */
const reflection = (): ReflectionService => {
  const { file: files = [] } = FileDescriptorSet.toObject(
    FileDescriptorSet.decode(readDescriptorSet()),
  ) as Partial<IFileDescriptorSet>;
  const fileDescriptorProtos = files.map((file) =>
    Buffer.from(FileDescriptorProto.encode(file).finish()),
  );
  // ReflectionService reads only the files of a definition, so one definition carries them all.
  return new ReflectionService({
    all: { format: 'Protocol Buffer 3 EnumDescriptorProto', type: {}, fileDescriptorProtos },
  });
};

/** Returns the Nest options of the gRPC server. */
export const grpcServer = (address: string, health: GrpcHealth): GrpcOptions => ({
  transport: Transport.GRPC,
  options: {
    url: address,
    package: INVENTORY_PACKAGE,
    protoPath: INVENTORY_PROTO,
    loader: loaderOptions(),
    maxReceiveMessageLength: MAX_REQUEST_BYTES,
    gracefulShutdown: true,
    onLoadPackageDefinition: (_definition: PackageDefinition, server: Server) => {
      health.addToServer(server);
      reflection().addToServer(server);
    },
  },
});
