// One's virtual machines; operators may see everybody's.
import { useState } from 'preact/hooks';
import { Empty } from '../components/empty.tsx';
import { InstanceTable } from '../components/instance-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { usePages } from '../live/use-pages.ts';

export function InstancesPage() {
  const { api, account } = usePortal();
  const [all, setAll] = useState(false);
  const instances = usePages((limit, signal) => api.instances(all, limit, signal), String(all), {
    page: 100,
    changedBy: ({ reservationId }) => reservationId !== undefined,
    everyMs: 5000,
  });
  return (
    <>
      <PageHead title="Instances" />
      {account.role === 'operator' && (
        <div class="toolbar">
          <label class="check">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
            Everybody's
          </label>
        </div>
      )}
      <Loaded resource={instances}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <p>No instance exists now. They are started when an activated reservation begins.</p>
              <a class="button" href="#/reservations">
                Your reservations
              </a>
            </Empty>
          ) : (
            <InstanceTable
              instances={items}
              pages={instances}
              showUser={all}
              showReservation
              onChanged={instances.reload}
            />
          )
        }
      </Loaded>
    </>
  );
}
