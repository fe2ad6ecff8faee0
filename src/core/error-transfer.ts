/**
 * Errors across the worker boundary. Comlink keeps only name, message and stack of a thrown `Error`, but passes any other
 * thrown value on as it is: so the worker throws a {@link PackedError} (plain data), and the page makes a LabError of it again.
 */
import { LabError, toErrorData } from './errors.ts';
import type { LabErrorData } from './errors.ts';

/** What crosses: an error as plain data under one key, so that it cannot be mistaken for anything else. */
export interface PackedError {
  readonly labError: LabErrorData;
}

/** Any thrown value as the data the worker throws; code, hint and cause survive. */
export function packError(error: unknown): PackedError {
  return { labError: toErrorData(error) };
}

/** What the page catches, as a LabError again. A value that was not packed (a failure of the transport) becomes 'internal'. */
export function unpackError(thrown: unknown): LabError {
  return LabError.fromData(isPacked(thrown) ? thrown.labError : toErrorData(thrown));
}

/** The same methods, rejecting with {@link PackedError}: what the worker exposes. */
export function withPackedErrors<T extends object>(api: T): T {
  return mapRejections(api, packError);
}

/** The same methods, rejecting with LabError: what the page makes of the remote side. */
export function withUnpackedErrors<T extends object>(api: T): T {
  return mapRejections(api, unpackError);
}

function mapRejections<T extends object>(api: T, translate: (error: unknown) => unknown): T {
  return new Proxy(api, {
    get(target, key): unknown {
      // Not a thenable, so that it can be returned from async functions without being called.
      if (key === 'then') return undefined;
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(member, target, args);
        } catch (error) {
          throw translate(error);
        }
      };
    },
  });
}

function isPacked(value: unknown): value is PackedError {
  if (typeof value !== 'object' || value === null || !('labError' in value)) return false;
  const data = value.labError;
  return (
    typeof data === 'object' && data !== null &&
    'code' in data && typeof data.code === 'string' &&
    'message' in data && typeof data.message === 'string' &&
    'hint' in data && typeof data.hint === 'string'
  );
}
