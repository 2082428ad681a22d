// The life-cycle of RESERVOIR's virtual execution environments, step by step as the table of docs/systems.md has it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ask, testbed } from './testbed.ts';

const page = readFileSync('docs/systems.md', 'utf8');
const [, section = ''] = page.split("## RESERVOIR's interface in the words of the API");
/** The calls of each row, and what reservation and instance are then. */
const STEPS = Array.from(
  section.matchAll(/^\| (.*(?:DEFINED|ACTIVE|PAUSED|SUSPENDED|DESTROYED)) \| (.+) \| (.+) \|$/gm),
  ([, vee, calls, then]) => ({
    vee: vee!,
    calls: Array.from(
      calls!.matchAll(/`(POST|PUT|DELETE) (\/OpenPEX\/[\w/]+)`(?: with (\w+))?/g),
      ([, ...call]) => call,
    ),
    reservation: /reservation `(\w+)`/.exec(then!)?.[1],
    instance: /instance `(\w+)`/.exec(then!)?.[1],
  }),
);

test('an instance is led through the states of a VEE', async () => {
  expect(STEPS).toHaveLength(9);
  const bed = await testbed();
  let id = '';
  let vm = '';
  for (const { calls, instance, reservation, vee } of STEPS) {
    expect(calls.length, vee).toBeGreaterThan(0);
    for (const [method, path, reply] of calls) {
      if (method === 'POST') {
        const opened = await ask(bed, 'alice', { startTime: new Date(bed.service.now()).toISOString() });
        id = opened.json().proposal.id;
        continue;
      }
      const url = path!.replace('/ID', `/${id}`).replace('/VM', `/${vm}`);
      const answer = await bed.as('alice', {
        method: method as 'PUT',
        url,
        ...(reply !== undefined && { payload: { reply } }),
      });
      expect(answer.statusCode, vee).toBe(200);
    }
    await bed.moveTo(bed.service.now());
    if (reservation !== undefined) {
      const { status } = (await bed.as('alice', { url: `/OpenPEX/reservations/${id}` })).json();
      expect(status, vee).toBe(reservation);
    }
    const instances = (await bed.as('alice', { url: `/OpenPEX/reservations/${id}/instances` })).json();
    if (instance === undefined) expect(instances, vee).toEqual([]);
    else {
      vm = instances[0]?.vmID ?? vm;
      expect((await bed.as('alice', { url: `/OpenPEX/instances/${vm}` })).json().status, vee).toBe(instance);
    }
  }
});
