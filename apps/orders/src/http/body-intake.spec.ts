import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { BodyIntake, MAX_BODY_BYTES } from './body-intake';

const MAX_BUFFERED_BYTES = 16_777_216;

/** A request whose body arrives when the test emits `data`. */
class ArrivingRequest extends EventEmitter {
  readonly socket = { destroy: jest.fn() };

  constructor(readonly headers: Record<string, string>) {
    super();
  }

  get isDisconnected(): boolean {
    return this.socket.destroy.mock.calls.length > 0;
  }
}

const intake = new BodyIntake();

const receive = (headers: Record<string, string>): ArrivingRequest => {
  const request = new ArrivingRequest(headers);
  const next = jest.fn();
  intake.receive(request as unknown as Request, {} as Response, next);
  expect(next).toHaveBeenCalledTimes(1);
  return request;
};

const close = (requests: readonly ArrivingRequest[]): void =>
  requests.forEach((request) => request.emit('close'));

it('disconnects the clients whose bodies have been arriving for longest if all take too much', () => {
  const half = Buffer.alloc(MAX_BODY_BYTES / 2);
  const headers = { 'content-length': String(MAX_BODY_BYTES) };
  const fitting = Math.floor(MAX_BUFFERED_BYTES / (half.length + 64));
  const all = Array.from({ length: fitting + 2 }, () => receive(headers));
  all.slice(0, fitting).forEach((request) => request.emit('data', half));
  expect(all.filter((request) => request.isDisconnected)).toEqual([]);

  all[fitting]?.emit('data', half);
  expect(all.map((request) => request.isDisconnected).indexOf(false)).toBe(1);
  all[1]?.emit('close');
  all[fitting + 1]?.emit('data', half);
  expect(all.filter((request) => request.isDisconnected)).toHaveLength(1);
  close(all);
});

it('counts each chunk, so that many small ones are not free', () => {
  const headers = { 'transfer-encoding': 'chunked' };
  const all = Array.from({ length: 3 }, () => receive(headers));
  const oneByte = Buffer.alloc(1);
  for (let bytes = 0; bytes < 90_000; bytes += 1) {
    for (const request of all) request.emit('data', oneByte);
  }
  expect(all.map((request) => request.isDisconnected)).toEqual([true, false, false]);
  close(all);
});
