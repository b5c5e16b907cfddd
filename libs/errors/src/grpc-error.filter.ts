import type { StatusObject } from '@grpc/grpc-js';
import { Catch, Logger, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { grpcStatusOf } from './grpc-status';
import { internalError, ServiceError } from './service-error';

/** Turns whatever a gRPC handler throws into one status with details. Nothing internal gets out. */
@Catch()
export class GrpcErrorFilter implements RpcExceptionFilter {
  private readonly logger = new Logger(GrpcErrorFilter.name);

  catch(thrown: unknown): Observable<never> {
    const error = thrown instanceof ServiceError ? thrown : internalError(thrown);
    if (error.reason === 'INTERNAL')
      this.logger.error({ err: error.cause ?? error }, error.message);
    return throwError((): StatusObject => grpcStatusOf(error));
  }
}
