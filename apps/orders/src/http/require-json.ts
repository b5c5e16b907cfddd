import type { NextFunction, Request, Response } from 'express';
import { hasBody } from './body-intake';
import { notJson } from './http-errors';

/** Rejects a body that is not declared as JSON. The JSON parser would ignore it without an error. */
export const requireJson = (request: Request, _response: Response, next: NextFunction): void => {
  const isAcceptable = !hasBody(request) || request.is('application/json') !== false;
  next(isAcceptable ? undefined : notJson());
};
