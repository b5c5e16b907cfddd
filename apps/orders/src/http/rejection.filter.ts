import { type ArgumentsHost, Catch } from '@nestjs/common';
import type { Request } from 'express';
import { ProblemFilter, ServiceError } from '@app/errors';
import type { Admission } from './admission';

const RETRY_AFTER_SECONDS = 1;

/** Answers errors as problems. A client that a handler has rejected as OVERLOADED is paused, too. */
@Catch()
export class RejectionFilter extends ProblemFilter {
  constructor(private readonly admission: Admission) {
    super();
  }

  override catch(thrown: unknown, host: ArgumentsHost): void {
    super.catch(thrown, host);
    if (!(thrown instanceof ServiceError) || thrown.reason !== 'OVERLOADED') return;
    const request = host.switchToHttp().getRequest<Request>();
    this.admission.pauseRejected(request, RETRY_AFTER_SECONDS);
  }
}
