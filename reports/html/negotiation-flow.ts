// The way of all requests through the negotiation, as bands whose widths are counts: request, the provider's answer, the outcome.

import { OUTCOMES, type Outcome } from '../facts/session-records.ts';
import { formatNumber, formatPart } from '../format.ts';
import type { NegotiationFigures } from '../metrics/negotiation.ts';
import { escapeHtml, type Markup, raw } from './markup.ts';

const WIDTH = 1072;
const HEIGHT = 270;
const NODE_WIDTH = 12;
const GAP = 20;
const COLUMNS_X = [0, 380, 770] as const;

interface Stage {
  readonly title: string;
  readonly count: number;
  readonly colour: string;
}

type Answer = 'as-asked' | 'countered' | 'rejected';
const ANSWERS: ReadonlyArray<{ readonly key: Answer; readonly title: string; readonly colour: string }> = [
  { key: 'as-asked', title: 'offered as asked', colour: '--as-asked' },
  { key: 'countered', title: 'countered', colour: '--on-other-terms' },
  { key: 'rejected', title: 'rejected at once', colour: '--rejected' },
];

type End = 'as-asked' | 'other-terms' | 'declined' | 'expired' | 'elsewise' | 'open' | 'rejected';
const ENDS: ReadonlyArray<{ readonly key: End; readonly title: string; readonly colour: string }> = [
  { key: 'as-asked', title: 'confirmed as asked', colour: '--as-asked' },
  { key: 'other-terms', title: 'confirmed on other terms', colour: '--on-other-terms' },
  { key: 'declined', title: 'declined by the user', colour: '--other' },
  { key: 'expired', title: 'offer expired', colour: '--other' },
  { key: 'elsewise', title: 'withdrawn or lost with a node', colour: '--other' },
  { key: 'open', title: 'still open', colour: '--other' },
  { key: 'rejected', title: 'rejected', colour: '--rejected' },
];
const END_OF: Readonly<Record<Outcome, End>> = {
  'accepted-first-offer': 'as-asked',
  'accepted-after-counter': 'other-terms',
  declined: 'declined',
  expired: 'expired',
  withdrawn: 'elsewise',
  'capacity-lost': 'elsewise',
  open: 'open',
  rejected: 'rejected',
};

/** A Sankey diagram; null when there were no requests. */
export function negotiationFlow(funnel: NegotiationFigures): Markup | null {
  const { requests } = funnel;
  if (requests === 0) return null;
  const flows = new Map<string, number>();
  const answers = new Map<Answer, number>();
  const ends = new Map<End, number>();
  for (const outcome of OUTCOMES) {
    const countered = funnel.outcomesOfCountered[outcome];
    const others = funnel.outcomes[outcome] - countered;
    for (const [answer, count] of [
      ['countered', countered],
      [outcome === 'rejected' ? 'rejected' : 'as-asked', others],
    ] as const) {
      if (count === 0) continue;
      const end = END_OF[outcome];
      add(flows, `${answer} ${end}`, count);
      add(answers, answer, count);
      add(ends, end, count);
    }
  }
  const middle = ANSWERS.filter(({ key }) => answers.has(key));
  const right = ENDS.filter(({ key }) => ends.has(key));
  const scale = (HEIGHT - GAP * (right.length - 1)) / requests;
  const middleY = stack(
    middle.map(({ key }) => answers.get(key)!),
    scale,
  );
  const rightY = stack(
    right.map(({ key }) => ends.get(key)!),
    scale,
  );

  const bands: string[] = [];
  let leftY = (HEIGHT - requests * scale) / 2;
  const arrivals = right.map((_, i) => rightY[i]!);
  for (const [m, { key: answer, colour }] of middle.entries()) {
    const count = answers.get(answer)!;
    bands.push(band([COLUMNS_X[0] + NODE_WIDTH, leftY], [COLUMNS_X[1], middleY[m]!], count * scale, colour));
    leftY += count * scale;
    let departure = middleY[m]!;
    for (const [r, { key: end, colour: endColour }] of right.entries()) {
      const flow = flows.get(`${answer} ${end}`);
      if (flow === undefined) continue;
      bands.push(
        band([COLUMNS_X[1] + NODE_WIDTH, departure], [COLUMNS_X[2], arrivals[r]!], flow * scale, endColour),
      );
      departure += flow * scale;
      arrivals[r]! += flow * scale;
    }
  }
  const stages = [
    stage(COLUMNS_X[0], (HEIGHT - requests * scale) / 2, scale, {
      title: 'requests',
      count: requests,
      colour: '--other',
    }),
    ...middle.map(({ key, ...look }, i) =>
      stage(COLUMNS_X[1], middleY[i]!, scale, { ...look, count: answers.get(key)! }, requests),
    ),
    ...right.map(({ key, ...look }, i) =>
      stage(COLUMNS_X[2], rightY[i]!, scale, { ...look, count: ends.get(key)! }, requests),
    ),
  ];
  const alt =
    `${formatNumber(requests)} requests: ` +
    `${middle.map(({ key, title }) => `${formatNumber(answers.get(key)!)} ${title}`).join(', ')}; in the end ` +
    `${right.map(({ key, title }) => `${formatNumber(ends.get(key)!)} ${title}`).join(', ')}.`;
  return raw(
    `<svg class="wide" role="img" aria-label="${escapeHtml(alt)}" viewBox="0 -8 ${WIDTH} ${HEIGHT + 16}" ` +
      `fill="currentColor" font-size="14">${bands.join('')}${stages.join('')}</svg>`,
  );
}

function stage(x: number, y: number, scale: number, { title, count, colour }: Stage, of?: number): string {
  const height = Math.max(1.5, count * scale);
  const share = of === undefined ? '' : `, ${formatPart(count, of)}`;
  return (
    `<rect x="${x}" y="${fixed(y)}" width="${NODE_WIDTH}" height="${fixed(height)}" fill="var(${colour})"/>` +
    `<text x="${x + NODE_WIDTH + 9}" y="${fixed(y + height / 2)}" dy="0.35em" paint-order="stroke" ` +
    `stroke="var(--paper)" stroke-width="3.5" stroke-linejoin="round"><tspan font-weight="650">` +
    `${formatNumber(count)}</tspan> ${escapeHtml(title)}<tspan fill="var(--muted)">${share}</tspan></text>`
  );
}

function band(
  from: readonly [number, number],
  to: readonly [number, number],
  width: number,
  colour: string,
): string {
  const [x0, y0] = from;
  const [x1, y1] = to;
  const w = Math.max(0.75, width);
  const bend = (x0 + x1) / 2;
  const curve = (ya: number, xb: number, yb: number) =>
    `C${fixed(bend)} ${fixed(ya)} ${fixed(bend)} ${fixed(yb)} ${fixed(xb)} ${fixed(yb)}`;
  return (
    `<path d="M${fixed(x0)} ${fixed(y0)}${curve(y0, x1, y1)}V${fixed(y1 + w)}${curve(y1 + w, x0, y0 + w)}Z" ` +
    `fill="var(${colour})" fill-opacity="0.24"/>`
  );
}

/** Top of each of a column of stages, centred as a whole. */
function stack(counts: readonly number[], scale: number): number[] {
  const height = counts.reduce((sum, count) => sum + count * scale, GAP * (counts.length - 1));
  let y = (HEIGHT - height) / 2;
  return counts.map((count) => {
    const top = y;
    y += count * scale + GAP;
    return top;
  });
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
