import type { NextFunction, Request, Response } from 'express';
import { notJson } from './http-errors';

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Rejects a body that is not declared as JSON. The JSON parser would ignore it without an error. */
export const requireJson = (request: Request, _response: Response, next: NextFunction): void => {
  const isAcceptable = !hasBody(request) || request.is('application/json') !== false;
  next(isAcceptable ? undefined : notJson());
};
