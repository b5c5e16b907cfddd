import { type ArgumentsHost, Catch } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemFilter, ServiceError } from '@app/errors';
import type { Admission } from './admission';
import { classOf } from './request-class';

const RETRY_AFTER_SECONDS = 1;

/**
 * Answers errors as problems. A client that a handler has rejected as OVERLOADED is paused, too. Not one for whose
 * stream there is no place: that is no overload, and other requests of its connection can be served.
 */
@Catch()
export class RejectionFilter extends ProblemFilter {
  constructor(private readonly admission: Admission) {
    super();
  }

  override catch(thrown: unknown, host: ArgumentsHost): void {
    super.catch(thrown, host);
    if (!(thrown instanceof ServiceError) || thrown.reason !== 'OVERLOADED') return;
    const request = host.switchToHttp().getRequest<Request>();
    if (classOf(request) === 'stream') return;
    this.admission.pauseRejected(request, RETRY_AFTER_SECONDS);
  }
}
