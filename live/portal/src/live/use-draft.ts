// Fields that outlive a reload, a log-out and a log-in in the same tab, until what they are for is done. Nobody else's are ever shown.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { usePortal } from './context.ts';

type TextAndFlags<T> = { readonly [Name in keyof T]: string | boolean };

interface Draft<T> {
  /** As they were left, or as they begin. */
  readonly fields: T;
  /** They are not those that they begin with. */
  readonly isLeft: boolean;
  /** The same at every call of the hook. */
  readonly change: (changes: Partial<T>) => void;
  forget(): void;
}

/**
 * @param of what the fields are for: others have others
 * @param first how they begin; looked at once
 */
export function useDraft<T extends TextAndFlags<T>>(of: string, first: T): Draft<T> {
  const { account } = usePortal();
  const [initial] = useState(first);
  const key = `openpex draft ${account.userid} ${of}`;
  const [left] = useState(() => readDraft(key, initial));
  const [fields, setFields] = useState<T>(left ?? initial);
  const change = useCallback((changes: Partial<T>) => setFields((before) => ({ ...before, ...changes })), []);
  useEffect(() => {
    if (isSame(fields, initial)) forgetDraft(key);
    else writeDraft(key, fields);
  }, [key, fields, initial]);
  return {
    fields,
    isLeft: left !== undefined,
    change,
    forget: () => forgetDraft(key),
  };
}

/** Undefined: there is none, or one with other fields, from another version of the portal. */
function readDraft<T extends TextAndFlags<T>>(key: string, initial: T): T | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return undefined;
    const fields = kept as Record<string, unknown>;
    const names = Object.keys(initial) as (keyof T & string)[];
    const fits =
      names.length === Object.keys(fields).length &&
      names.every((name) => typeof fields[name] === typeof initial[name]);
    return fits ? (fields as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Where a browser keeps nothing, nothing is kept. */
function writeDraft(key: string, fields: object): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(fields));
  } catch {}
}

function forgetDraft(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {}
}

function isSame<T extends object>(some: T, others: T): boolean {
  return (Object.keys(others) as (keyof T)[]).every((name) => some[name] === others[name]);
}
