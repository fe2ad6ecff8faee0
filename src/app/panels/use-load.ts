/** Something that the worker is asked for once a component is there. */
import { useEffect, useState } from 'react';
import { LabError } from '../../core/errors.ts';

export type Load<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly text: string };

/** @param ask asked again when it is another function; what came before stays until the new answer is there */
export function useLoad<T>(ask: () => Promise<T>): Load<T> {
  const [load, setLoad] = useState<Load<T>>({ kind: 'loading' });
  useEffect(() => {
    let current = true;
    ask().then(
      (value) => current && setLoad({ kind: 'ready', value }),
      (error: unknown) => current && setLoad({ kind: 'failed', text: error instanceof LabError ? `${error.message} ${error.hint}` : String(error) }),
    );
    return () => {
      current = false;
    };
  }, [ask]);
  return load;
}
