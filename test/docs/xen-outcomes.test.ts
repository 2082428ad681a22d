import { expect, test } from 'vitest';
import { STORIES } from '../live/hypervisors/xapi/outcome-stories.ts';
import { readOutcomes } from '../live/hypervisors/xapi/outcome-table.ts';

test('each row of the table of outcomes in docs/xen.md is the test of a story, and each story has a row', () => {
  expect([...readOutcomes().keys()]).toEqual(Object.keys(STORIES));
});
