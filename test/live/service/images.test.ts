// Images that a service sends to its nodes before leases begin: what is on its way, or kept, goes on over restarts. A mebibyte a second: an image of
// 600 MiB takes ten minutes.
import { afterEach, describe, expect, test } from 'vitest';
import { repeat } from '../../../live/replay/replay.ts';
import {
  StoppedTime,
  startTestDaemon,
  type TestDaemon,
  type TestDaemonOptions,
} from '../../support/daemon.ts';
import { databases, openForTest } from '../../support/databases.ts';
import { HOUR, MINUTE } from '../../support/setup.ts';

const START = Date.parse('2026-03-02T08:00:00Z');
/** What a service has where nothing is said. */
const TEMPLATE = 'PEX Debian Etch 4.0 Template';
const IMAGES = 'transfer: multicast, linkRate: 1, sizeMib: 600, cacheMib: 600';

function yamlOf(images: string | null, names = ['a', 'b', 'c']): string {
  const nodes = names.map((group) => `{ group: ${group}, cpus: 4, memoryMib: 4096, diskGib: 100 }`);
  const sent = images === null ? '' : `, images: { ${images} }`;
  return `cluster: { nodes: [${nodes.join(', ')}] }\nmanager: { autoActivate: true, shutdownLead: 0s${sent} }\n`;
}

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

describe.each(databases())('on $name', ({ url }) => {
  class Bed {
    readonly host = new StoppedTime(START);
    readonly #options: TestDaemonOptions;

    constructor(databaseUrl: string) {
      this.#options = { host: this.host, databaseUrl };
    }

    static async of(yaml: string): Promise<Bed> {
      const bed = new Bed(await url());
      await bed.start(yaml);
      await daemon!.register('ada');
      return bed;
    }

    /** Instead of the daemon there is. */
    async start(yaml: string): Promise<void> {
      await daemon?.pause();
      daemon = await startTestDaemon({
        ...this.#options,
        ...(daemon !== undefined && { folder: daemon.folder }),
        yaml,
      });
    }

    /** A restart for which the machine is away until then. */
    async awayUntil(ms: number, yaml: string): Promise<void> {
      await daemon!.pause();
      await this.host.moveTo(START + ms, async () => undefined);
      daemon = await startTestDaemon({ ...this.#options, folder: daemon!.folder, yaml });
    }

    async passTo(ms: number): Promise<void> {
      await this.host.moveTo(
        START + ms,
        async () => void (await daemon!.service.commandInstance('none', 'stop')),
      );
    }

    /** @returns its path */
    async book(startMs: number, instances = 1): Promise<string> {
      const { body } = await daemon!.call('ada', 'POST', '/reservations', {
        type: 'XLARGE',
        startTime: new Date(START + startMs).toISOString(),
        duration: 30 * MINUTE,
        numInstancesFixed: instances,
      });
      const path = `/reservations/${body.proposal.id}`;
      const confirmed = await daemon!.call('ada', 'PUT', path, { reply: 'CONFIRM' });
      expect(confirmed.body.reply).toBe('REQUEST_SUCCESS');
      return path;
    }

    async told(): Promise<string[]> {
      const { body } = await daemon!.call('operator', 'GET', '/journal?after=0&limit=500');
      return body.flatMap(({ event }: { event: Record<string, unknown> }) => {
        const minute = (Number(event['atMs']) - START) / MINUTE;
        if (event['type'] === 'image-transfer-begun') return [`${minute} sent to ${event['nodeIds']}`];
        if (event['type'] === 'image-supplied') return [`${minute} there, ${event['sent']} sent for it`];
        return event['type'] === 'window-opened' ? [`${minute} opened`] : [];
      });
    }

    async expectRepeated(): Promise<void> {
      const database = await openForTest(this.#options.databaseUrl!, 'read');
      const result = await repeat({ database, version: 'test', env: {}, command: '' });
      expect(result.differences).toEqual([]);
    }
  }

  test('a service that ends in the middle of a transfer goes on with it, and nothing is sent twice', async () => {
    const yaml = yamlOf(IMAGES);
    const bed = await Bed.of(yaml);
    const path = await bed.book(HOUR, 2);
    const image = async () => (await daemon!.call('ada', 'GET', path)).body.image;
    const until = { fromMs: START + 50 * MINUTE, untilMs: START + HOUR };
    expect(await image()).toMatchObject({ state: 'waiting', missingNodes: ['a', 'b'], ...until });
    await bed.passTo(55 * MINUTE);
    await bed.start(yaml);
    expect(await image()).toMatchObject({ state: 'sending', missingNodes: ['a', 'b'], ...until });
    expect((await daemon!.call('operator', 'GET', '/images')).body).toMatchObject({
      areSent: true,
      kept: [],
      transfers: [{ template: TEMPLATE, nodes: ['a', 'b'], isBeingSent: true, ...until }],
    });
    await bed.passTo(HOUR);
    expect(await image()).toBeUndefined();
    expect(await bed.told()).toEqual(['50 sent to a,b', '60 there, 2 sent for it', '60 opened']);
    await bed.expectRepeated();
  });

  test('what fell due while nobody ran the service is sent at its time, and what nodes keep is kept', async () => {
    const yaml = yamlOf(IMAGES.replace('multicast', 'unicast'));
    const bed = await Bed.of(yaml);
    await bed.book(HOUR);
    const second = await bed.book(2 * HOUR, 2);
    await bed.awayUntil(65 * MINUTE, yaml);
    const { image } = (await daemon!.call('ada', 'GET', second)).body;
    expect(image).toMatchObject({ state: 'waiting', missingNodes: ['b'], fromMs: START + 110 * MINUTE });
    const third = (await daemon!.call('ada', 'GET', await bed.book(3 * HOUR))).body;
    expect(third.image).toEqual({
      state: 'there',
      missingNodes: [],
      from: null,
      fromMs: null,
      until: null,
      untilMs: null,
    });
    expect((await daemon!.call('operator', 'GET', '/images')).body.kept).toEqual([
      { node: 'a', images: [{ template: TEMPLATE, sizeMib: 600 }] },
    ]);
    await bed.start(yaml);
    await bed.passTo(2 * HOUR);
    expect(await bed.told()).toEqual([
      '50 sent to a',
      '60 there, 1 sent for it',
      '60 opened',
      '110 sent to b',
      '120 there, 1 sent for it',
      '120 opened',
    ]);
    await bed.expectRepeated();
  });

  test('a quote and a booking count with the link as the life before left it', async () => {
    const yaml = yamlOf(IMAGES);
    const bed = await Bed.of(yaml);
    await bed.book(10 * MINUTE);
    await bed.passTo(5 * MINUTE);
    await bed.start(yaml);
    const { body } = await daemon!.call('ada', 'POST', '/reservations', {
      type: 'XLARGE',
      startTime: new Date(START + 12 * MINUTE).toISOString(),
      duration: HOUR,
      numInstancesFixed: 2,
    });
    expect(body).toMatchObject({ reply: 'COUNTER', proposal: { startTimeMs: START + 20 * MINUTE } });
  });

  test('what would be is thought on from what is on its way, and changes nothing', async () => {
    const bed = await Bed.of(yamlOf(IMAGES));
    await bed.book(HOUR, 2);
    await bed.passTo(55 * MINUTE);
    const drained = await daemon!.call('operator', 'GET', '/nodes/a/forecast');
    expect(drained.body.instances).toMatchObject([{ instance: 1, startTimeMs: START + HOUR }]);
    const changes = { addNodes: 1, drain: ['b'] };
    const asked = await daemon!.call('operator', 'POST', '/what-if', { days: 1, ...changes });
    expect(asked.status).toBe(200);
    await bed.passTo(HOUR);
    expect(await bed.told()).toEqual(['50 sent to a,b', '60 there, 2 sent for it', '60 opened']);
  });

  test('a node that is gone takes along what it kept, and the others keep theirs', async () => {
    const bed = await Bed.of(yamlOf(IMAGES));
    await bed.book(HOUR, 3);
    await bed.passTo(100 * MINUTE);
    await bed.start(yamlOf(IMAGES, ['c', 'd', 'b']));
    const kept = (await daemon!.call('operator', 'GET', '/images')).body.kept;
    expect(kept.map(({ node }: { node: string }) => node)).toEqual(['c', 'b']);
    await bed.book(2 * HOUR, 3);
    await bed.passTo(2 * HOUR);
    expect((await bed.told()).slice(3)).toEqual(['110 sent to d', '120 there, 1 sent for it', '120 opened']);
  });

  test('other settings hold from the next restart on: none sent, sent to those booked later, less kept', async () => {
    const bed = await Bed.of(yamlOf(null));
    expect((await daemon!.call('operator', 'GET', '/images')).body).toEqual({
      areSent: false,
      kept: [],
      transfers: [],
    });
    const before = await bed.book(HOUR);
    await bed.start(yamlOf(IMAGES));
    expect((await daemon!.call('ada', 'GET', before)).body.image).toBeUndefined();
    await bed.book(2 * HOUR);
    await bed.passTo(HOUR);
    await bed.start(yamlOf(null));
    await bed.passTo(150 * MINUTE);
    // What was to come for one that is over is not remembered.
    await bed.start(yamlOf(IMAGES.replace('cacheMib: 600', 'cacheMib: 0')));
    expect((await daemon!.call('operator', 'GET', '/images')).body.transfers).toEqual([]);
    await bed.book(4 * HOUR);
    await bed.passTo(4 * HOUR);
    expect(await bed.told()).toEqual([
      '60 opened',
      '120 opened',
      '230 sent to a',
      '240 there, 1 sent for it',
      '240 opened',
    ]);
  });
});
