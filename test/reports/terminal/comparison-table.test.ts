import { expect, test } from 'vitest';
import { summarise } from '../../../reports/summary.ts';
import { renderComparison } from '../../../reports/terminal/comparison-table.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, exampleRun } from '../example-run.ts';
import { measure } from '../measure.ts';

test('runs stand side by side, figure by figure', () => {
  const run = { run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME };
  const measured = summarise({ ...run, figures: measure(exampleRun(), { warmUpHours: 1 }).figures });
  const whole = summarise({ ...run, figures: measure(exampleRun()).figures });
  const table = renderComparison([
    { title: 'without its first hour', summary: measured },
    { title: 'whole', summary: whole },
  ]);
  expect(`\n${table}`).toMatchInlineSnapshot(`
    "
                                without its first hour        whole
    Requests                                         5            6
    Confirmed                                        2            3
      share of the requests                     40.0 %       50.0 %
      of the CPU-hours asked                    10.5 %       14.1 %
      as first asked                                 1            2
    Countered                                        2            2
    Rejected                                         1            1
    Start displacement, mean                       2 h   1 h 20 min
      when countered                               4 h          4 h
    Customer surplus, credits                        –            –
    Provider surplus, credits                        –            –
    Profit, credits                                  –            –
    CPU reserved                                11.4 %       10.9 %
    CPU allocated                                9.1 %        8.7 %
    No-shows                                         1            1
    Failed                                           1            1
    Migrations                                       1            1
    Revenue, credits                              2.60         3.60
    Penalties, credits                            0.32         0.32
    "
  `);
});
