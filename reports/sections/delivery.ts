// What became of the confirmed reservations, what kept their instances from running, what they earned and what they took.
import { SHORTFALL_CAUSES, type ShortfallCause } from '../facts/derived.ts';
import { FATES, type Fate } from '../facts/session-records.ts';
import {
  formatAmount,
  formatCount,
  formatHours,
  formatNumber,
  formatPart,
  formatShare,
  formatSpan,
} from '../format.ts';
import { type BarRow, barTable } from '../html/bar-table.ts';
import { html, type Markup } from '../html/markup.ts';
import { type DeliveryFigures, delivery } from '../metrics/delivery.ts';
import { energy } from '../metrics/energy.ts';
import { fulfilment } from '../metrics/fulfilment.ts';
import type { SummaryOf } from '../metrics/metric.ts';
import { negotiation } from '../metrics/negotiation.ts';
import { overbooking } from '../metrics/overbooking.ts';
import { type ClassFigures, recovery } from '../metrics/recovery.ts';
import { revenue } from '../metrics/revenue.ts';
import type { ModelOf } from '../report-model.ts';
import { type FigureLine, figureTable } from '../terminal/style.ts';
import { section } from './section.ts';

const READS = [negotiation, fulfilment, overbooking, revenue, delivery, recovery, energy] as const;

const MICROS_PER_CREDIT = 1_000_000;
const MS_PER_HOUR = 3_600_000;

export const deliverySection = section({
  id: 'delivery',
  title: 'Delivery',
  reads: READS,
  html: ({ figures }) => {
    const { delivery: i, overbooking: o, recovery: r } = figures;
    const { fates } = figures.fulfilment;
    const row = (title: string, value: string) =>
      html`<tr><th scope="row">${title}</th><td class="n">${value}</td></tr>
`;
    return html`<p>What became of the confirmed reservations, and what kept their instances from running.</p>
<div class="pair"><div>
${barTable(
  'Reservations',
  FATES.map((fate) => ({
    title: FATE_TITLES[fate],
    count: fates[fate],
    colour: FATE_COLOURS[fate],
  })),
  figures.negotiation.accepted,
)}
</div><div>
<table><caption>Interruptions</caption><thead class="skip"><tr><th scope="col">What</th><th scope="col">Figure</th></tr></thead><tbody>
${o.sold === 0 ? '' : row('Overbooked', `${formatNumber(o.sold)} (${formatNumber(o.bumped)} bumped)`)}${row('Live migrations', formatNumber(i.migrations))}
${row('Standstill in migrations', standstillText(i))}
${row('Bookings moved to another node', formatNumber(i.moves))}
${row('Node losses', formatNumber(i.nodeLosses))}
${row('Guest crashes and hangs', formatNumber(i.guestCrashes + i.guestHangs))}
${row('Failed hypervisor operations', formatNumber(i.operationFailures))}
${row('Suspensions', `${formatNumber(i.suspensions)} (${formatHours(i.suspendedMs)})`)}
${r.repairs === 0 ? '' : row('Mean time to repair', `${formatSpan(r.meanTimeToRepairMs ?? 0)} (of ${formatCount(r.repairs, 'repair')})`)}
${r.lostWorkMs === 0 ? '' : row('Work lost by beginning again', formatHours(r.lostWorkMs))}
${row('Instance-time up', formatHours(i.upMs))}
${row('Instance-time down', formatHours(i.downtimeMs))}
${row('Instance-time starting', formatHours(i.startUpMs))}
${row('Instance-time never delivered, starting included', formatHours(i.undeliveredMs))}
</tbody></table>
</div></div>
<div class="pair spaced"><div>
${cpuHours(figures)}
</div><div>
${causes(i)}
</div></div>
${r.classes.length === 0 ? '' : classTable(r.classes)}`;
  },
  tiles: ({ figures }) => {
    const { availability, hinderedMs } = figures.delivery;
    const [worst] = causesOf(hinderedMs);
    const { fates } = figures.fulfilment;
    const { penaltyMicros, revenueMicros } = figures.revenue;
    const { totalKwh } = figures.energy;
    const measuredMs = Math.max(1, figures.endMs - figures.measuredFromMs);
    return [
      {
        title: 'Availability',
        figure: formatShare(availability, 2),
        lines: [
          worst === undefined
            ? 'nothing was lacking'
            : `most of what lacks: ${formatHours(hinderedMs[worst])} ${CAUSE_WORDS[worst]}`,
          `${formatCount(fates.failed, 'reservation')} failed`,
        ],
      },
      {
        title: 'No-shows',
        figure: formatNumber(fates['no-show']),
        lines: [`${formatPart(fates['no-show'], figures.negotiation.accepted)} of the reservations`],
      },
      {
        title: 'Revenue, credits',
        figure: formatAmount(revenueMicros / MICROS_PER_CREDIT),
        lines: [`${formatAmount(penaltyMicros / MICROS_PER_CREDIT)} credits of penalties`],
      },
      ...(totalKwh === null
        ? []
        : [
            {
              title: 'Energy, kWh',
              figure: formatAmount(totalKwh),
              lines: [
                `${formatAmount(totalKwh / (measuredMs / MS_PER_HOUR))} kW on average, of nodes with a power model`,
              ],
            },
          ]),
    ];
  },
  terms: [
    [
      'No-show',
      'confirmed, but never activated before its window was over; it held its capacity all the same.',
    ],
    [
      'Down',
      'instance-time lost to crashes, hangs, lost nodes and the standstill of migrations, within open windows and within the measured time.',
    ],
    [
      'CPU-hours claimed, delivered',
      'of the optional instances that were granted, from each claim to the agreed end; and of all instances, guaranteed and claimed, while they were up. Both of the requests of the measured time, until the end of the run.',
    ],
    [
      'Availability',
      'instance-time up, divided by instance-time up, down, suspended and never delivered, all within the measured time. Never delivered is what instances took to start in open windows, and what failed reservations had ahead of them.',
    ],
    [
      'Mean time to repair',
      'from when an instance went down through no wish of its user until it was up again; of a lost node from its last sign of life, where that is known. Of those that were up again within the measured time; what never came up again is not among them.',
    ],
    [
      'Revenue',
      'agreed prices of the requests of the measured time that were confirmed, minus refunds; penalties are apart.',
    ],
    [
      'Energy',
      'of nodes with a power model: what each draws with so much of its CPUs busy, on the line from idle to peak or as its table says, while it is online, within the measured time.',
    ],
  ],
  terminal: (summary, style) => figureTable('Delivery', terminalLines(summary), style),
  compared: (s) => [
    ['No-shows', formatNumber(s.noShows)],
    ['Failed', formatNumber(s.failed)],
    ['Migrations', formatNumber(s.migrations)],
    ['Revenue, credits', formatAmount(s.revenue)],
    ['Penalties, credits', formatAmount(s.penalties)],
  ],
});

/** From what was asked to what guests made of it. */
function cpuHours({ fulfilment: f, negotiation: n }: ModelOf<typeof READS>['figures']): Markup {
  const rows: BarRow[] = [
    { title: 'Asked', cpuMs: n.askedCpuMs, colour: '--other' },
    { title: 'Agreed', cpuMs: n.agreedCpuMs, colour: '--as-asked' },
    { title: 'Claimed of optional instances', cpuMs: f.claimedCpuMs, colour: '--as-asked' },
    { title: 'Delivered', cpuMs: f.deliveredCpuMs, colour: '--as-asked' },
    { title: 'kept busy by guests', cpuMs: f.usedCpuMs, colour: '--busy', isSub: true },
    { title: 'Owed and not delivered', cpuMs: f.undeliveredCpuMs, colour: '--failed' },
  ].map(({ cpuMs, ...row }) => ({ ...row, count: cpuMs, figure: formatAmount(cpuMs / MS_PER_HOUR) }));
  const shown = rows.filter(({ count, title }) => count > 0 || !title.startsWith('Claimed'));
  return barTable('CPU-hours of the requests, as shares of those asked', shown, n.askedCpuMs);
}

/** Why availability is what it is: the shares are those that it lacks. */
function causes({ hinderedMs, upMs }: DeliveryFigures): Markup {
  const found = causesOf(hinderedMs);
  if (found.length === 0)
    return html`<h3>Owed and not up</h3><p>No instance-time that was owed was lacking.</p>`;
  const missingMs = found.reduce((sum, cause) => sum + hinderedMs[cause], 0);
  const row = (title: string, ms: number, isSub: boolean): BarRow => ({
    title,
    count: ms,
    figure: formatHours(ms),
    colour: '--failed',
    isSub,
  });
  const rows = found.map((cause) => row(CAUSE_WORDS[cause], hinderedMs[cause], true));
  return barTable(
    'Instance-time that was owed and not up, by cause',
    [row('All', missingMs, false), ...rows],
    upMs + missingMs,
  );
}

function classTable(classes: readonly ClassFigures[]): Markup {
  return html`<table><caption>Classes of service</caption><thead><tr><th scope="col">Class</th><th scope="col">Availability</th><th scope="col">Owed and not up</th><th scope="col">Repairs</th><th scope="col">Mean time to repair</th><th scope="col">Work lost</th></tr></thead><tbody>
${classes.map(
  ({ availability, lostWorkMs, meanTimeToRepairMs, missingMs, name, repairs }) =>
    html`<tr><th scope="row">${name}</th><td class="n">${formatShare(availability, 2)}</td><td class="n">${formatHours(missingMs)}</td><td class="n">${formatNumber(repairs)}</td><td class="n">${meanTimeToRepairMs === null ? '–' : formatSpan(meanTimeToRepairMs)}</td><td class="n">${formatHours(lostWorkMs)}</td></tr>
`,
)}</tbody></table>`;
}

const FATE_TITLES: Readonly<Record<Fate, string>> = {
  fulfilled: 'Fulfilled',
  'no-show': 'No-show: never activated',
  cancelled: 'Cancelled by the user',
  failed: 'Failed',
  unfinished: 'Not over at the end of the run',
};
const FATE_COLOURS: Readonly<Record<Fate, string>> = {
  fulfilled: '--as-asked',
  'no-show': '--no-show',
  cancelled: '--cancelled',
  failed: '--failed',
  unfinished: '--other',
};

function standstillText(figures: DeliveryFigures): string {
  const { meanMigrationDowntimeMs: meanMs, migrationsOfUnknownDowntime: unknown } = figures;
  if (unknown === 0) return formatSpan(figures.migrationDowntimeMs);
  if (meanMs === null) return 'not known';
  return `${formatSpan(figures.migrationDowntimeMs)} (${formatSpan(meanMs)} each; of ${formatNumber(unknown)} not known)`;
}

function terminalLines(s: SummaryOf<typeof READS>): FigureLine[] {
  const part = (count: number) => formatPart(count, s.accepted);
  return [
    ['Fulfilled', formatNumber(s.fulfilled), part(s.fulfilled)],
    ['No-shows', formatNumber(s.noShows), part(s.noShows)],
    ['Cancelled', formatNumber(s.cancelled), part(s.cancelled)],
    ['Failed', formatNumber(s.failed), part(s.failed)],
    ...(s.overbooked === 0
      ? []
      : [
          ['Overbooked', formatNumber(s.overbooked), `${formatNumber(s.bumped)} bumped`] satisfies FigureLine,
        ]),
    ...(s.unfinished === 0
      ? []
      : [['Not over yet', formatNumber(s.unfinished), part(s.unfinished)] satisfies FigureLine]),
    ['Availability', formatShare(s.availability, 2), causesText(s.hinderedMs)],
    ...repairLine(s),
    ...cpuHoursLine(s),
    ['Migrations', formatNumber(s.migrations), s.migrations === 0 ? '' : standstillRemark(s)],
    ['Revenue', formatAmount(s.revenue), `credits; ${formatAmount(s.penalties)} of penalties`],
    ...(s.energyKwh === null ? [] : [['Energy', formatAmount(s.energyKwh), 'kWh'] satisfies FigureLine]),
  ];
}

const CAUSE_WORDS: Readonly<Record<ShortfallCause, string>> = {
  'start-up': 'starting',
  'node-loss': 'lost to node losses',
  drain: 'lost to drains',
  guest: 'lost to crashes and hangs',
  operation: 'lost to failed operations',
  migration: 'lost to migrations',
};

/** What cost most, first. */
function causesOf(hinderedMs: DeliveryFigures['hinderedMs']): ShortfallCause[] {
  // Summaries of version 0.1.0 do not have the key.
  const found = SHORTFALL_CAUSES.filter((because) => (hinderedMs?.[because] ?? 0) > 0);
  return found.sort((a, b) => hinderedMs[b] - hinderedMs[a]);
}

/** In one line: the page has a row for each. */
function causesText(hinderedMs: DeliveryFigures['hinderedMs']): string {
  const found = causesOf(hinderedMs);
  const named = found.slice(0, 3).map((cause) => `${formatHours(hinderedMs[cause])} ${CAUSE_WORDS[cause]}`);
  const restMs = found.slice(3).reduce((sum, cause) => sum + hinderedMs[cause], 0);
  return [...named, ...(restMs === 0 ? [] : [`${formatHours(restMs)} otherwise`])].join(', ');
}

/** Nothing for summaries of versions that do not have the keys. */
function repairLine(s: Partial<SummaryOf<typeof READS>>): FigureLine[] {
  const { lostWorkMs = 0, meanTimeToRepairMs, repairs = 0 } = s;
  if (repairs === 0 || meanTimeToRepairMs === undefined || meanTimeToRepairMs === null) return [];
  const remark = `mean of ${formatCount(repairs, 'repair')}, ${formatHours(lostWorkMs)} of work lost`;
  return [['Time to repair', formatSpan(meanTimeToRepairMs), remark]];
}

/** Nothing for summaries of version 0.1.0, which do not have the keys. */
function cpuHoursLine(s: Partial<SummaryOf<typeof READS>>): FigureLine[] {
  const { cpuHoursAgreed, cpuHoursClaimed = 0, cpuHoursDelivered, cpuHoursUndelivered } = s;
  if (cpuHoursAgreed === undefined || cpuHoursDelivered === undefined) return [];
  const claimed = cpuHoursClaimed === 0 ? '' : ` and ${formatNumber(cpuHoursClaimed)} claimed`;
  const missing = `${formatNumber(cpuHoursUndelivered ?? 0)} owed and not`;
  const remark = `delivered of ${formatNumber(cpuHoursAgreed)} agreed${claimed}, ${missing}`;
  return [['CPU-hours', formatNumber(cpuHoursDelivered), remark]];
}

function standstillRemark(s: SummaryOf<typeof READS>): string {
  if (s.migrationDowntimeMs === null) return 'standstill not known';
  const known = `${formatSpan(s.migrationDowntimeMs)} of standstill`;
  // Summaries of version 0.1.0 do not have the key.
  const unknown = s.migrationsOfUnknownDowntime ?? 0;
  return unknown === 0 ? known : `${known}; of ${formatNumber(unknown)} not known`;
}
