// What is shown while something is read for the first time, or when it cannot be.
import type { ComponentChildren } from 'preact';
import type { Resource } from '../live/use-resource.ts';

interface LoadedProps<T> {
  readonly resource: Resource<T>;
  readonly children: (value: T) => ComponentChildren;
}

export function Loaded<T>({ resource: { value, problem, reload }, children }: LoadedProps<T>) {
  if (value !== undefined) return <>{children(value)}</>;
  if (problem === null) return <p class="muted">Loading …</p>;
  return (
    <div class="notice bad">
      <p>{problem.message}</p>
      <button type="button" onClick={() => void reload()}>
        Try again
      </button>
    </div>
  );
}
