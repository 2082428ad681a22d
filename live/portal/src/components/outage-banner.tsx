// A quiet word while the service or the way to it is away. Short interruptions are not worth one.
import { useEffect, useState } from 'preact/hooks';
import { usePortal } from '../live/context.ts';

const PATIENCE_MS = 1200;

export function OutageBanner({ connected }: { connected: boolean }) {
  const { service } = usePortal();
  const text = !connected
    ? 'The connection to the service is interrupted. What you see may be out of date; it comes back by itself.'
    : service.state === 'running'
      ? null
      : service.state === 'recovering'
        ? 'The service is waiting for its database. You can look around, but changes are not taken right now.'
        : `The service is ${service.state}. Changes are not taken right now.`;
  const [shown, setShown] = useState<string | null>(null);
  useEffect(() => {
    if (text === null) {
      setShown(null);
      return;
    }
    const timer = window.setTimeout(() => setShown(text), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return (
    <div role="status" aria-live="polite">
      {shown !== null && <p class="outage-banner">{shown}</p>}
    </div>
  );
}
