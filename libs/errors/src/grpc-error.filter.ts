import type { StatusObject } from '@grpc/grpc-js';
import { Catch, Logger, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { grpcStatusOf } from './grpc-status';
import { internalError, ServiceError } from './service-error';

/** Converts every error of a gRPC handler to one status with details. Reveals nothing internal. */
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
