import { ServiceError } from '@app/errors';
import { type AuditAttempt, auditText } from './audit';
import { AuditTrail } from './audit-trail';

const ATTEMPT: AuditAttempt = {
  actorKind: 'apiKey',
  actor: 'warehouse',
  keyId: null,
  action: 'fulfillOrder',
  target: 'o-1',
  requestId: null,
  client: null,
};

describe('text of callers', () => {
  it.each([
    ['o-1', 'o-1'],
    ['a\0b\nc\u001b[31m', 'a\ufffdb\ufffdc\ufffd[31m'],
    ['x'.repeat(300), 'x'.repeat(200)],
    ['😀'.repeat(300), '😀'.repeat(200)],
    ['\ud800', '\ufffd'],
    ['a\u202eb\u200b', 'a\ufffdb\ufffd'],
  ])('%j is stored as %j', (text, stored) => {
    expect(auditText(text)).toBe(stored);
  });
});

describe('a trail', () => {
  const steps: string[] = [];
  const lost: number[] = [];
  const trail = (failing?: 'insert' | 'insertOutcome') =>
    new AuditTrail(
      {
        insert: ({ action }) => {
          steps.push(`attempt ${action}`);
          return failing === 'insert' ? Promise.reject(new Error('lost')) : Promise.resolve(7);
        },
        insertOutcome: (position, { outcome, target }) => {
          steps.push(`${position} ${outcome} ${target}`);
          return failing === 'insertOutcome'
            ? Promise.reject(new Error('lost'))
            : Promise.resolve();
        },
      },
      (position) => lost.push(position),
    );
  const change = () => {
    steps.push('change');
    return Promise.resolve('created');
  };

  beforeEach(() => {
    steps.length = 0;
    lost.length = 0;
  });

  it('has the attempt before the change, and the outcome with what was created after it', async () => {
    expect(await trail().record(ATTEMPT, change, (result) => result)).toBe('created');
    expect(steps).toEqual(['attempt fulfillOrder', 'change', '7 SUCCEEDED created']);
  });

  it('has the reason of a failed change', async () => {
    const failure = new ServiceError('ORDER_NOT_FOUND', 'No order.');
    await expect(trail().record(ATTEMPT, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(steps).toEqual(['attempt fulfillOrder', '7 ORDER_NOT_FOUND null']);
  });

  it('calls an unexpected failure INTERNAL', async () => {
    const failing = () => Promise.reject(new Error('oops'));
    await expect(trail().record(ATTEMPT, failing)).rejects.toThrow('oops');
    expect(steps).toEqual(['attempt fulfillOrder', '7 INTERNAL null']);
  });

  it('makes no change if the attempt cannot be recorded', async () => {
    await expect(trail('insert').record(ATTEMPT, change)).rejects.toThrow('lost');
    expect(steps).toEqual(['attempt fulfillOrder']);
  });

  it('reports an outcome that cannot be recorded, and returns what the change returned', async () => {
    expect(await trail('insertOutcome').record(ATTEMPT, change)).toBe('created');
    expect(lost).toEqual([7]);
  });
});
