import type {
  Server,
  ServerDuplexStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { FileDescriptorProto } from 'protobufjs/ext/descriptor';
import { decodeDescriptorSet, readDescriptorSet } from '@app/contracts';

type Handler = (call: ServerDuplexStream<object, object>) => void;

/**
 * Serves reflection from the descriptors that buf generates, which include those of reflection itself. The descriptors of proto-loader lack the
 * imports of each file, so clients cannot resolve a service that uses a Timestamp.
 */
export const addReflection = (server: Pick<Server, 'addService'>): void => {
  const fileDescriptorProtos = decodeDescriptorSet(readDescriptorSet()).map((file) =>
    Buffer.from(FileDescriptorProto.encode(file).finish()),
  );
  // ReflectionService reads only the files of a definition, so one definition carries them all.
  const reflection = new ReflectionService({
    all: { format: 'Protocol Buffer 3 EnumDescriptorProto', type: {}, fileDescriptorProtos },
  });
  const addService = (service: ServiceDefinition, handlers: UntypedServiceImplementation) => {
    const paced = Object.entries(handlers as Record<string, Handler>).map(([name, handle]) => [
      name,
      pace(handle),
    ]);
    server.addService(service, Object.fromEntries(paced) as UntypedServiceImplementation);
  };
  reflection.addToServer({ addService });
};

/**
 * Reads the next request when the client has read the answers. ReflectionService answers as many as
 * arrive, and an answer is a thousand times the size of a request.
 */
const pace =
  (handle: Handler): Handler =>
  (call) => {
    handle(call);
    call.on('data', () => {
      if (!call.writableNeedDrain) return;
      call.pause();
      call.once('drain', () => call.resume());
    });
  };
