// What happened, the newest first, with reasons: of one reservation, or lately of all that one has.
import { useState } from 'preact/hooks';
import type { HistoryEntry } from '../../../wire/event.ts';
import type { Resource } from '../live/use-resource.ts';
import { type Happening, happenings } from '../text/happenings.ts';
import { namedReservation } from '../text/reservation-title.ts';
import { Empty } from './empty.tsx';
import { Loaded } from './loaded.tsx';
import { Moment } from './moment.tsx';

interface HistoryProps {
  readonly resource: Resource<readonly HistoryEntry[]>;
  /** So many, and the others on demand. */
  readonly shown: number;
  /** Of several reservations: each names its own. */
  readonly ofSeveral?: boolean;
  readonly nothing: string;
}

export function History({ nothing, ofSeveral = false, resource, shown }: HistoryProps) {
  const [isWhole, setWhole] = useState(false);
  return (
    <Loaded resource={resource}>
      {(entries) => {
        const told = happenings(entries);
        if (told.length === 0)
          return (
            <Empty>
              <p>{nothing}</p>
            </Empty>
          );
        return (
          <>
            <ol class="history">
              {(isWhole ? told : told.slice(0, shown)).map((one) => (
                <Told key={one.seq} happening={one} ofSeveral={ofSeveral} />
              ))}
            </ol>
            {!isWhole && told.length > shown && (
              <button type="button" onClick={() => setWhole(true)}>
                Show all {told.length}
              </button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Told({ happening, ofSeveral }: { happening: Happening; ofSeveral: boolean }) {
  const { reservationId, reservationName, text, timeMs, tone } = happening;
  return (
    <li class={tone}>
      <p class="muted">
        <Moment ms={timeMs} />
        {ofSeveral && (
          <>
            {' · '}
            <a href={`#/reservations/${reservationId}`}>{namedReservation(reservationName, reservationId)}</a>
          </>
        )}
      </p>
      <p>{text}</p>
    </li>
  );
}
