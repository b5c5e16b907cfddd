import type { NextFunction, Request, Response } from 'express';
import { hasBody } from './body-intake';
import { notJson } from './http-errors';

const JSON_TYPE = 'application/json';

/** Rejects a body that is not declared as JSON. The JSON parser would ignore it without an error. */
export const requireJson = (request: Request, _response: Response, next: NextFunction): void => {
  next(!hasBody(request) || isJson(request) ? undefined : notJson());
};

/** Compares the usual type as text first, because Express parses each media type anew. */
const isJson = (request: Request): boolean =>
  request.headers['content-type'] === JSON_TYPE || request.is(JSON_TYPE) !== false;
