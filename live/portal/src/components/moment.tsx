// An instant as people read it: local time, how far away it is, and on demand to the second with its zone.
import { useNow } from '../live/use-now.ts';
import { formatExactly, formatMoment, formatRelative } from '../text/time.ts';

export function Moment({ ms, relative = true }: { ms: number; relative?: boolean }) {
  const now = useNow(relative ? 1000 : 60_000);
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatExactly(ms)}>
      {formatMoment(ms)}
      {relative && <span class="muted"> {formatRelative(ms, now)}</span>}
    </time>
  );
}
