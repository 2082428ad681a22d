// A node that its operator has put on another site while somebody has it for the one that it stood on.
import { afterEach, expect, test } from 'vitest';
import { startTestDaemon } from '../../support/daemon.ts';

let daemon: Awaited<ReturnType<typeof startTestDaemon>> | undefined;
afterEach(() => daemon?.stop());

const yaml = (site: string) => `cluster:
  nodes: [{ group: a, site: ${site}, count: 1, cpus: 4, memoryMib: 4096, diskGib: 200 }]
`;

test('a start says which site a node has to be given back', async () => {
  daemon = await startTestDaemon({ yaml: yaml('north') });
  await daemon.register('ada');
  const terms = { type: 'SMALL', duration: 3_600_000, numInstancesFixed: 1, sites: ['north'] };
  const { body } = await daemon.call('ada', 'POST', '/reservations', terms);
  expect(body).toMatchObject({ reply: 'ACCEPT', proposal: { site: 'north' } });
  const { folder } = daemon;
  await daemon.pause();
  await expect(startTestDaemon({ yaml: yaml('south'), folder })).rejects.toThrow(
    `does not stand on site "north" any more, which reservation ${body.proposal.id} is booked on`,
  );
  daemon = await startTestDaemon({ yaml: yaml('north'), folder });
  expect(
    (await daemon.call('ada', 'PUT', `/reservations/${body.proposal.id}`, { reply: 'CONFIRM' })).status,
  ).toBe(200);
});
