import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type AuditAttempt, auditText } from '@app/access';
import { currentRequestId } from '@app/runtime';
import { accessOf } from '../access/allow.decorator';
import type { Principal } from '../access/principal';
import { principalOf } from '../access/principal.decorator';
import { auditedNameOf } from './audited-as.decorator';
import { AuditService } from './audit.service';
import { isAudited, outcomeOf, targetOfPath } from './audited-call';
import { beforeEnd } from './before-end';

/**
 * Records the calls of staff and administrators that may change something: the attempt before the handler, and
 * the outcome before the response. Lets every call pass.
 *
 * A guard, since an interceptor would cost every order several times as much as its check, also those of
 * customers.
 */
@Injectable()
export class AuditGuard implements CanActivate {
  constructor(private readonly audit: AuditService) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const principal = principalOf(request);
    const handler = context.getHandler();
    if (!isAudited(request.method, accessOf(handler), principal)) return true;
    const attempt = attemptOf(request, principal, auditedNameOf(handler));
    return this.record(attempt, http.getResponse<Response>());
  }

  private async record(attempt: AuditAttempt, response: Response): Promise<true> {
    const position = await this.audit.begin(attempt);
    beforeEnd(response, (body) =>
      this.audit.end(position, outcomeOf(response.statusCode, body, attempt.target)),
    );
    return true;
  }
}

const storable = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : auditText(text);

const attemptOf = (
  request: Request,
  { kind, subject, keyId }: Principal,
  action: string,
): AuditAttempt => ({
  actorKind: kind,
  actor: auditText(subject),
  keyId: keyId ?? null,
  action,
  target: storable(targetOfPath(request.params as Record<string, string>)),
  requestId: storable(currentRequestId()),
  client: storable(request.ip),
});
