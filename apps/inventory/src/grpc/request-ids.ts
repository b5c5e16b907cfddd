import type {
  Metadata,
  Server,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import {
  ACTING_SUBJECT_KEY,
  decodedSubject,
  REQUEST_ID_HEADER,
  requestOf,
  runForRequest,
  validRequestId,
} from '@app/runtime';
import { type CallInternals, clientNameOf } from './client-names';

interface Call extends CallInternals {
  readonly metadata: Metadata;
}

/** A handler of any kind of call. Those of streams have no second parameter. */
type Handle = (call: Call, reply?: unknown) => void;

const logger = new Logger('GrpcCalls');

/**
 * Makes the handlers of all services that are added to a server run for the request whose id is in the
 * metadata of their call, and for the subject there. Only a client with a certificate is believed about the
 * subject: any program could name one. At debug, logs each call.
 */
export const carryRequestIds = (server: Server): void => {
  const addService = server.addService.bind(server);
  server.addService = (service: ServiceDefinition, handlers: UntypedServiceImplementation) => {
    const carrying = Object.entries(handlers).map(([rpc, handle]) => [
      rpc,
      carryId(rpc, handle as unknown as Handle) as unknown as UntypedHandleCall,
    ]);
    addService(service, Object.fromEntries(carrying) as UntypedServiceImplementation);
  };
};

/** Returns the subject that an authenticated client names; undefined if there is none. */
const actingSubjectOf = (call: Call): string | undefined => {
  const [encoded] = call.metadata.get(ACTING_SUBJECT_KEY);
  return encoded !== undefined && clientNameOf(call) !== undefined
    ? decodedSubject(encoded)
    : undefined;
};

const carryId = (rpc: string, handle: Handle): Handle => {
  const logAndHandle: Handle = (call, reply) => {
    logger.debug({ rpc }, 'Received a call');
    handle(call, reply);
  };
  return (call, reply) => {
    const id = validRequestId(call.metadata.get(REQUEST_ID_HEADER)[0]);
    runForRequest(requestOf(id, actingSubjectOf(call)), logAndHandle, call, reply);
  };
};
