// Who got what: consumption by user, and how evenly it is spread.
import { formatAmount, formatNumber, formatPart } from '../format.ts';
import { figure } from '../html/figure.ts';
import { html, type Markup } from '../html/markup.ts';
import { type UserFigures, users } from '../metrics/users.ts';
import { section } from './section.ts';

const MS_PER_HOUR = 3_600_000;
const MICROS_PER_CREDIT = 1_000_000;
/** Of the table on the page; the file that can be saved has more. */
const SHOWN = 15;
const SAVED = 2000;

export const usersSection = section({
  id: 'users',
  title: 'Users',
  heading: 'Who got what',
  reads: [users],
  appears: ({ figures }) => figures.users.users.length > 1,
  html: ({ figures }) => {
    const { fairnessOfAgreed, fairnessOfShares, users: all } = figures.users;
    const shown = all.slice(0, SHOWN);
    const most = Math.max(...all.map(({ askedCpuMs }) => askedCpuMs));
    const total = all.reduce((sum, { agreedCpuMs }) => sum + agreedCpuMs, 0);
    const top = shown.slice(0, Math.max(1, Math.ceil(all.length / 10)));
    const topPart = formatPart(
      top.reduce((sum, { agreedCpuMs }) => sum + agreedCpuMs, 0),
      total,
    );
    const head =
      all.length >= 10 && top.length * 10 <= all.length + 9
        ? ` The tenth of them with the most were agreed ${topPart} of the CPU-hours.`
        : '';
    return html`<p>${formatNumber(all.length)} users made requests in the measured time.${head} Jain’s index of fairness, 1 where all are alike and 1/n where one has everything: ${index(fairnessOfAgreed)} of the CPU-hours agreed, ${index(fairnessOfShares)} of the share of what each asked for.</p>
${figure({ name: 'users', drawing: tableOf(shown, most), caption: all.length > SHOWN ? `The ${SHOWN} users who were agreed the most, of ${formatNumber(all.length)}; the CSV has ${all.length > SAVED ? `the first ${formatNumber(SAVED)}` : 'all of them'}.` : null, table: savedTable(all.slice(0, SAVED)) })}`;
  },
  terms: [
    [
      'Fairness',
      'Jain’s index over the users who asked for CPU-hours in the measured time: the square of the sum divided by n times the sum of squares.',
    ],
  ],
});

function index(value: number | null): string {
  return value === null ? '–' : formatNumber(value, 3);
}

function tableOf(shown: readonly UserFigures[], most: number): Markup {
  const hours = (cpuMs: number) => html`<td class="n">${formatAmount(cpuMs / MS_PER_HOUR)}</td>`;
  return html`<div class="scroll"><table><caption>Consumption by user</caption><thead><tr><th scope="col">User</th><th scope="col" class="n">Requests</th><th scope="col" class="n">Confirmed</th><th scope="col" class="n">CPU-hours asked</th><th scope="col" class="n">agreed</th><th scope="col" class="n">delivered</th><th scope="col" class="n">Credits</th><th scope="col">Agreed of the most that one asked</th></tr></thead><tbody>
${shown.map(
  ({ accepted, agreedCpuMs, askedCpuMs, deliveredCpuMs, requests, spentMicros, userId }) =>
    html`<tr><th scope="row">${userId ?? 'all others'}</th><td class="n">${formatNumber(requests)}</td><td class="n">${formatPart(accepted, requests)}</td>${hours(askedCpuMs)}${hours(agreedCpuMs)}${hours(deliveredCpuMs)}<td class="n">${formatAmount(spentMicros / MICROS_PER_CREDIT)}</td><td class="bar" aria-hidden="true"><span style="width:${most === 0 ? 0 : ((100 * agreedCpuMs) / most).toFixed(2)}%;--swatch:var(--as-asked)"></span></td></tr>
`,
)}</tbody></table></div>`;
}

function savedTable(all: readonly UserFigures[]) {
  return {
    header: [
      'user',
      'requests',
      'confirmed',
      'cpu_hours_asked',
      'cpu_hours_agreed',
      'cpu_hours_delivered',
      'credits',
    ],
    rows: all.map(({ accepted, agreedCpuMs, askedCpuMs, deliveredCpuMs, requests, spentMicros, userId }) => [
      userId,
      requests,
      accepted,
      askedCpuMs / MS_PER_HOUR,
      agreedCpuMs / MS_PER_HOUR,
      deliveredCpuMs / MS_PER_HOUR,
      spentMicros / MICROS_PER_CREDIT,
    ]),
  };
}
