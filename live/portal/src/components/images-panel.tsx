// Operators: the images that are sent to the nodes before leases begin, and those that nodes keep. Nothing where none are sent.
import type { Images, ImageTransfer } from '../../../wire/image.ts';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import type { Column } from '../table/column.ts';
import { formatMemory } from '../text/amounts.ts';
import { formatNodes } from '../text/node-names.ts';
import { ListTable } from './list-table.tsx';
import { Loaded } from './loaded.tsx';
import { Moment } from './moment.tsx';

type Kept = Images['kept'][number];

const TRANSFERS: readonly Column<ImageTransfer>[] = [
  { name: 'Template', value: ({ template }) => template, cell: ({ template }) => template },
  {
    name: 'To',
    value: nodesText,
    cell: (transfer) => <span title={nodesText(transfer)}>{formatNodes(transfer.nodes)}</span>,
  },
  { name: 'State', value: stateText, cell: stateText },
  {
    name: 'From',
    value: ({ fromMs }) => new Date(fromMs),
    cell: ({ fromMs }) => <Moment ms={fromMs} />,
  },
  {
    name: 'Until',
    value: ({ untilMs }) => new Date(untilMs),
    cell: ({ untilMs }) => <Moment ms={untilMs} />,
  },
  {
    name: 'Reservations',
    value: ({ reservationIds }) => reservationIds.length,
    cell: ({ reservationIds }) => reservationIds.length,
  },
];

const KEPT: readonly Column<Kept>[] = [
  { name: 'Node', value: ({ node }) => node, cell: ({ node }) => node },
  { name: 'Images', value: imagesText, cell: imagesText },
  {
    name: 'Size',
    unit: 'MiB',
    value: sizeOf,
    cell: (kept) => formatMemory(sizeOf(kept)),
  },
];

function nodesText({ nodes }: ImageTransfer): string {
  return nodes.join(', ');
}

function stateText({ isBeingSent }: ImageTransfer): string {
  return isBeingSent ? 'being sent' : 'to be sent';
}

function imagesText({ images }: Kept): string {
  return images.map(({ template }) => template).join(', ');
}

function sizeOf({ images }: Kept): number {
  return images.reduce((sum, { sizeMib }) => sum + sizeMib, 0);
}

export function ImagesPanel() {
  const { api } = usePortal();
  const images = useResource((signal) => api.images(signal), 'images', {
    changedBy: () => true,
    everyMs: 5000,
  });
  return (
    <Loaded resource={images}>
      {({ areSent, kept, transfers }) =>
        areSent ? (
          <section aria-labelledby="images-title">
            <h2 id="images-title">Images</h2>
            {transfers.length === 0 ? (
              <p>None is on its way, and none has to be.</p>
            ) : (
              <>
                <p>Each is sent as late as it can be; what has not begun begins then at the latest.</p>
                <ListTable
                  caption="Images on their way"
                  columns={TRANSFERS}
                  rows={transfers}
                  rowKey={({ fromMs, nodes, template }) => `${template} ${fromMs} ${nodes.join()}`}
                  noun={['transfer', 'transfers']}
                />
              </>
            )}
            {kept.length > 0 && (
              <ListTable
                caption="Images that nodes keep"
                columns={KEPT}
                rows={kept}
                rowKey={({ node }) => node}
                noun={['node', 'nodes']}
              />
            )}
          </section>
        ) : null
      }
    </Loaded>
  );
}
