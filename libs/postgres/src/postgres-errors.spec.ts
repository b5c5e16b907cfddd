import { DatabaseError } from 'pg';
import {
  areWritesImpossible,
  ConnectionError,
  isSessionUnusable,
  isTransient,
  isUnavailable,
  kindOf,
} from './postgres-errors';

/** An error of a Russian server: neither its text nor its severity can be recognized. */
const errorWith = (code: string): DatabaseError =>
  Object.assign(new DatabaseError('ошибка', 1, 'error'), { code, severity: 'ВАЖНО' });

it.each([
  ['08006', 'unavailable'], // connection failure
  ['0A000', 'retry'], // cached plan must not change result type
  ['22P02', 'fault'], // invalid text representation
  ['23505', 'retry'], // unique violation
  ['23514', 'fault'], // check violation
  ['25006', 'unavailable'], // read-only transaction
  ['25P02', 'fault'], // in failed transaction
  ['25P03', 'unavailable'], // idle in transaction timeout
  ['25P04', 'unavailable'], // transaction timeout
  ['26000', 'retry'], // unknown prepared statement
  ['28P01', 'unavailable'], // wrong password
  ['3D000', 'unavailable'], // unknown database
  ['40001', 'retry'], // serialization failure
  ['40003', 'unavailable'], // statement completion unknown
  ['40P01', 'retry'], // deadlock
  ['42501', 'fault'], // insufficient privilege
  ['42P01', 'fault'], // unknown table
  ['42P05', 'retry'], // duplicate prepared statement
  ['53100', 'unavailable'], // disk full
  ['53300', 'unavailable'], // too many connections
  ['54001', 'fault'], // statement too complex
  ['55006', 'unavailable'], // object in use
  ['55P03', 'unavailable'], // lock not available
  ['57014', 'unavailable'], // query canceled
  ['57P01', 'unavailable'], // admin shutdown
  ['57P05', 'unavailable'], // idle session timeout
  ['58030', 'unavailable'], // I/O error
  ['72000', 'retry'], // snapshot too old
  ['P0001', 'fault'], // raise exception
  ['XX001', 'fault'], // data corrupted
])('takes SQLSTATE %s as %s', (code, kind) => {
  expect(kindOf(errorWith(code))).toBe(kind);
});

it('takes an error without a SQLSTATE as a fault, whatever its text', () => {
  expect(kindOf(new Error('Connection terminated unexpectedly'))).toBe('fault');
  expect(kindOf(Object.assign(new Error(), { code: 'ERR_ASSERTION' }))).toBe('fault');
});

it('reports a transaction that lost every race as unavailable, but not a key that is taken', () => {
  expect(isUnavailable(errorWith('40P01'))).toBe(true);
  expect(isUnavailable(errorWith('23505'))).toBe(false);
});

it('discards a session whose server is read-only or that was lost', () => {
  expect(isSessionUnusable(errorWith('25006'))).toBe(true);
  expect(isSessionUnusable(new ConnectionError('query', 'lost'))).toBe(true);
  expect(isSessionUnusable(errorWith('23505'))).toBe(false);
});

it('knows when no write can succeed', () => {
  expect(areWritesImpossible(errorWith('53100'))).toBe(true);
  expect(areWritesImpossible(errorWith('57014'))).toBe(false);
});

it.each([
  [errorWith('28P01'), false],
  [errorWith('3D000'), false],
  [new ConnectionError('connect', errorWith('28P01')), false],
  [errorWith('57P03'), true],
  [errorWith('53300'), true],
  [new ConnectionError('connect', new Error('refused')), true],
  [new Error('of this program'), false],
  [new TypeError('a fault of this program'), false],
])('repeats the start after %p: %p', (error, isRepeated) => {
  expect(isTransient(error)).toBe(isRepeated);
});
