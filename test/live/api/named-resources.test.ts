// Resources that the provider names, as clients of the API see them: in people's units, and absent where there are none.
import { expect, test } from 'vitest';
import { run, testbed } from './testbed.ts';

const GPUS = `
resources: { gpu: { divisible: true }, licence: { pool: 3 } }
instanceTypes: { TRAIN: { cpus: 1, memoryMib: 512, resources: { gpu: 0.5, licence: 2 } } }
`;

test('service, types, reservations, instances and the calendar tell how much there is of each', async () => {
  const bed = await testbed({}, { more: GPUS, group: 'resources: { gpu: 2 }' });
  const get = async (path: string, user = 'alice') =>
    (await bed.as(user, { url: `/OpenPEX/${path}` })).json();
  expect(await get('service/')).toMatchObject({
    resources: [
      { name: 'gpu', divisible: true, pool: null },
      { name: 'licence', divisible: false, pool: 3 },
    ],
  });
  const amounts = { gpu: 0.5, licence: 2 };
  const types: { name: string }[] = await get('types');
  expect(types.find(({ name }) => name === 'TRAIN')).toEqual({
    name: 'TRAIN',
    cpus: 1,
    memoryMib: 512,
    diskGib: 0,
    resources: amounts,
  });
  expect(types.find(({ name }) => name === 'SMALL')).not.toHaveProperty('resources');

  const { reservationId } = await run(bed, 'alice', { type: 'TRAIN' });
  expect(await get(`reservations/${reservationId}`)).toMatchObject({ resources: amounts });
  expect(await get(`reservations/${reservationId}/instances`)).toMatchObject([{ resources: amounts }]);
  expect(await get('nodes', 'olga')).toMatchObject([{ resources: { gpu: 2 }, bookedResources: amounts }]);
  const nowMs = bed.service.now();
  expect(await get(`calendar?from=${nowMs}&to=${nowMs + 1}`, 'olga')).toMatchObject([{ resources: amounts }]);

  // One licence is left of the pool.
  const quote = await bed.as('bob', {
    method: 'POST',
    url: '/OpenPEX/quotes',
    payload: {
      duration: 3_600_000,
      numInstancesFixed: 1,
      numInstancesOption: 0,
      startTime: new Date(nowMs).toISOString(),
      type: 'TRAIN',
    },
  });
  expect(quote.json()).toMatchObject({ reply: 'COUNTER' });
});
