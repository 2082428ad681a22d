// What stands where a list has nothing yet, and what to do about it.
import type { ComponentChildren } from 'preact';

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
