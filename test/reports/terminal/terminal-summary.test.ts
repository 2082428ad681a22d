import { describe, expect, test } from 'vitest';
import { summarise } from '../../../reports/summary.ts';
import { renderTerminalSummary } from '../../../reports/terminal/terminal-summary.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, exampleRun } from '../example-run.ts';
import { measure } from '../measure.ts';

const { figures } = measure(exampleRun(), { warmUpHours: 1 });
const summary = summarise({ run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures });

describe('the summary on a terminal', () => {
  test('is a short aligned table', () => {
    expect(renderTerminalSummary(summary, { colour: false })).toMatchInlineSnapshot(`
      "two nodes & <a day> · seed 42 · OpenPEX 0.1.0
      5 Jan 2026, 01:00 UTC – 6 Jan 2026, 00:00 UTC · 2 nodes · complete: nothing was left to do

      Negotiation
        Requests                        5  1 more in the warm-up is not counted
        Offered load              111.4 %  of what was online
        Confirmed                       2  40.0 %
          of the CPU-hours asked   10.5 %
          as first asked                1  20.0 %
          on other terms                1  20.0 %; 2 were countered
        Rejected                        1  20.0 %
        Declined by the user            1  20.0 %
        Offer expired                   1  20.0 %
        Start displacement            2 h  on average; median 0 s, 95 % 4 h
          when countered              4 h  on average; median 4 h, 95 % 4 h

      Utilisation         reserved      allocated           busy  peak reserved
        CPU                 11.4 %          9.1 %          4.5 %         50.0 %
        Memory               5.7 %          4.5 %              –         25.0 %
        Disk                 2.3 %          1.8 %              –         10.0 %

      Delivery
        Fulfilled           0  0.0 %
        No-shows            1  50.0 %
        Cancelled           0  0.0 %
        Failed              1  50.0 %
        Availability  66.67 %  4 h lost to node losses, 250 ms lost to migrations
        CPU-hours           8  delivered of 20 agreed, 8 owed and not
        Migrations          1  250 ms of standstill
        Revenue          2.60  credits; 0.32 of penalties
        Energy           4.60  kWh

      55 events in 13 ms (4,400 per second), 80 MiB at most
      digest d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1
      "
    `);
  });

  test('has the same text in colour', () => {
    const coloured = renderTerminalSummary(summary, { colour: true });
    const plain = ['1', '2', '22'].reduce((text, code) => text.replaceAll(`\u001b[${code}m`, ''), coloured);
    expect(plain).toBe(renderTerminalSummary(summary, { colour: false }));
    expect(coloured).not.toBe(renderTerminalSummary(summary, { colour: false }));
  });

  test('tells of rounds and the warm-up only when there were any', () => {
    const requests = (more: Partial<typeof summary>) =>
      renderTerminalSummary({ ...summary, ...more }, { colour: false })
        .split('\n')
        .find((line) => line.startsWith('  Requests'));
    expect(requests({ warmUpRequests: 0 })).toMatch(/ 5$/);
    expect(requests({ warmUpRequests: 0, meanRounds: 1.25 })).toMatch(/ 5 {2}1\.25 rounds each$/);
    expect(requests({ warmUpRequests: 580, meanRounds: 2 })).toMatch(
      /2\.00 rounds each; 580 more in the warm-up are not counted$/,
    );
  });

  test('speaks of one as of one', () => {
    expect(renderTerminalSummary({ ...summary, countered: 1 }, { colour: false })).toContain(
      '; 1 was countered',
    );
  });

  test('shouts when the run was interrupted', () => {
    expect(renderTerminalSummary({ ...summary, end: 'interrupted' }, { colour: false })).toContain(
      'INTERRUPTED',
    );
  });
});
