// The particulars of a reservation, beside the dialogue.
import type { ComponentChildren } from 'preact';
import type { Reservation } from '../../../wire/reservation.ts';
import { usePortal } from '../live/context.ts';
import { useResource } from '../live/use-resource.ts';
import { formatSize } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';
import { formatNodes } from '../text/node-names.ts';
import { termsTitle } from '../text/reservation-title.ts';
import { formatMoment, formatSpan, formatZone } from '../text/time.ts';
import { Moment } from './moment.tsx';

export function ReservationFacts({ reservation }: { reservation: Reservation }) {
  const { account, service } = usePortal();
  const { lastReply, id, username, duration, kind, leeway, template, nodes, queue } = reservation;
  // When it begins is not agreed while it waits.
  const { startTimeMs, endTimeMs } = queue === null ? reservation : { startTimeMs: null, endTimeMs: null };
  const { round, priceMicros } = reservation;
  const {
    cpus,
    memoryMib,
    diskGib,
    resources,
    createdTimeMs,
    maxPriceMicros,
    numInstancesOption,
    optionsClaimed,
  } = reservation;
  // The terms of an offer on the table stand in its card.
  const isTold = lastReply === null;
  const rows: Array<readonly [string, ComponentChildren]> = [];
  if (reservation.note !== null) rows.push(['Note', <span class="prose">{reservation.note}</span>]);
  if (username !== account.username) rows.push(['User', username]);
  if (reservation.name !== null) rows.push(['Instances', termsTitle(reservation)]);
  if (isTold && startTimeMs !== null) rows.push(['Start', <Moment ms={startTimeMs} />]);
  if (isTold && endTimeMs !== null) rows.push(['End', <Moment ms={endTimeMs} />]);
  if (queue !== null) rows.push(['Place in the queue', queue.position]);
  if (queue?.expectedStartTimeMs != null)
    rows.push(['Expected start', <Moment ms={queue.expectedStartTimeMs} />]);
  if (queue !== null && queue.likelyStart !== null) {
    rows.push(['Likely start', <Moment ms={queue.likelyStart.likelyMs} />]);
    rows.push(['Not before', <Moment ms={queue.likelyStart.fromMs} />]);
    rows.push(['Not after', <Moment ms={queue.likelyStart.untilMs} />]);
  }
  if (leeway?.deadlineMs !== undefined) rows.push(['Done by', <Moment ms={leeway.deadlineMs} />]);
  if (leeway?.latestStartTimeMs !== undefined)
    rows.push(['Latest start', <Moment ms={leeway.latestStartTimeMs} />]);
  if (leeway?.minDuration !== undefined) rows.push(['Shortest length', formatSpan(leeway.minDuration)]);
  if (leeway?.minInstances !== undefined) rows.push(['Fewest instances', leeway.minInstances]);
  if (kind === 'immediate') rows.push(['Begins', 'now or not at all']);
  if (isTold && duration !== null) rows.push(['Duration', formatSpan(duration)]);
  if (startTimeMs !== null) rows.push(['Times in', formatZone(startTimeMs)]);
  if (cpus !== null && memoryMib !== null && diskGib !== null)
    rows.push(['Each instance', formatSize({ cpus, memoryMib, diskGib, resources })]);
  if (isTold && template !== null) rows.push(['Template', template]);
  if (numInstancesOption) rows.push(['Options claimed', `${optionsClaimed} of ${numInstancesOption}`]);
  if (isTold && reservation.startTimeMs !== null) rows.push(['Price', formatMoney(priceMicros)]);
  if (maxPriceMicros !== null) rows.push(['Your limit', formatMoney(maxPriceMicros)]);
  if (reservation.requirements !== null) rows.push(['Nodes with', <code>{reservation.requirements}</code>]);
  if (reservation.rank !== null) rows.push(['Nodes ranked by', <code>{reservation.rank}</code>]);
  if (reservation.sites !== undefined)
    rows.push([
      reservation.sites.length === 1 ? 'Site asked for' : 'Sites asked for',
      reservation.sites.join(', '),
    ]);
  if (reservation.site !== undefined) rows.push(['Site', reservation.site]);
  const places = [...new Set(nodes)];
  if (reservation.partner !== null) rows.push(['Delivered by', `${reservation.partner}, a partner`]);
  if (reservation.partner !== null && account.role === 'operator')
    rows.push(['Transfer price', <TransferPrice id={id} />]);
  if (places.length > 0) rows.push([places.length === 1 ? 'Node' : 'Nodes', places.join(', ')]);
  if (reservation.image !== undefined) rows.push(['Image', imageText(reservation.image)]);
  rows.push(['Round', `${round} of at most ${service.settings.maxRounds}`]);
  rows.push(['Opened', <Moment ms={createdTimeMs} />]);
  rows.push(['Id', <code>{id}</code>]);
  return (
    <section class="facts-panel" aria-labelledby="facts-title">
      <h2 id="facts-title">Details</h2>
      <dl class="facts">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function imageText({ missingNodes, state, untilMs }: NonNullable<Reservation['image']>): string {
  if (state === 'there' || untilMs === null) return 'on its nodes';
  const to = formatNodes(missingNodes);
  return state === 'sending'
    ? `on its way to ${to}, there by ${formatMoment(untilMs)}`
    : `to be sent to ${to} by ${formatMoment(untilMs)}`;
}

/** What the partner that delivers it asks, which is for operators to know. */
function TransferPrice({ id }: { id: string }) {
  const { api } = usePortal();
  const { value } = useResource((signal) => api.transfersOf(id, signal), id);
  const [transfer] = value ?? [];
  return transfer === undefined ? null : formatMoney(transfer.priceMicros);
}
