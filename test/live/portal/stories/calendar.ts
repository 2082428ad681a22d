// The calendar of operators, with a handful of bookings and with those of a data centre.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { CalendarEntry, ClusterNode } from '../../../../live/wire/cluster.ts';
import { ask, book, goTo, type Stage } from '../stage.ts';

const HOUR = 3_600_000;

export function calendarStories(stage: Stage): void {
  const chartOf = (page: Page) => page.getByRole('application', { name: 'Bookings of each node over time' });

  test('shows holds and reservations as they come, and leads to them by keyboard', async () => {
    const server = await stage.server();
    const operator = await stage.operator(server);
    await goTo(operator, 'Calendar');
    const chart = chartOf(operator);
    await chart.waitFor();
    const ada = await stage.register(server, 'ada');
    await ask(ada, { type: 'MEDIUM' });
    await operator.getByText('The same as a table (1 booking)').waitFor();
    await chart.press('ArrowRight');
    const details = operator.locator('.gantt-details');
    await details.getByText(/^ada holds 2 CPUs/).waitFor();
    await book(ada);
    await details.getByText(/^ada has reserved 2 CPUs/).waitFor();
    await operator.getByText('1 w', { exact: true }).click();
    await chart.press('ArrowRight');
    await chart.press('Enter');
    await operator.getByRole('heading', { level: 1, name: '1 × MEDIUM' }).waitFor();
  });

  test('what it shows stands in the address, and is shown again from there', async () => {
    const server = await stage.server({ nodes: 3 });
    const operator = await stage.operator(server);
    await goTo(operator, 'Calendar');
    await operator.getByText('2 w', { exact: true }).click();
    await operator.getByLabel('Nodes containing').fill('-2');
    await operator.getByLabel('Shown').selectOption('hold');
    await operator.getByLabel('From day').fill('2031-05-05');
    await expect
      .poll(() => operator.url().split('#')[1])
      .toBe('/calendar?zoom=2w&from=2031-05-04T22%3A00%3A00.000Z&node=-2&kind=hold');
    await operator.reload();
    await chartOf(operator).waitFor();
    expect(await operator.getByLabel('2 w').isChecked()).toBe(true);
    expect(await operator.getByLabel('Nodes containing').inputValue()).toBe('-2');
    expect(await operator.getByLabel('From day').inputValue()).toBe('2031-05-05');
    await operator.getByRole('button', { name: 'Now' }).click();
    expect(operator.url()).not.toContain('from=');
  });

  test('a thousand nodes with twenty thousand bookings are looked through without waiting', async () => {
    const server = await stage.server();
    const operator = await stage.operator(server);
    const { nodes, entries } = dataCentre(Date.now());
    await operator.route('**/OpenPEX/nodes', (route) => route.fulfill({ json: nodes }));
    await operator.route('**/OpenPEX/calendar?*', (route) => route.fulfill({ json: entries }));
    await operator.evaluate(WATCH_FIRST_DRAWING);
    await goTo(operator, 'Calendar');
    const chart = chartOf(operator);
    await chart.waitFor();
    await expect.poll(() => inked(operator)).toBeGreaterThan(0.1);
    const firstMs = await operator.evaluate<number>('firstDrawing');
    // The bookings are on the canvas, not in the document.
    expect(await operator.locator('.gantt *').count()).toBeLessThan(150);
    const box = (await chart.boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await operator.evaluate(WATCH_FRAMES);
    await operator.mouse.move(x, y);
    await operator.mouse.down();
    await operator.mouse.move(x - 300, y, { steps: 60 });
    await operator.mouse.up();
    const panned = await operator.evaluate<number[]>('watched()');
    await expect.poll(() => operator.url()).toContain('from=');
    // What lies under the pointer is told beside it.
    await operator.getByRole('button', { name: 'Now' }).click();
    await operator.mouse.move(x - 40, y);
    await operator.mouse.move(x - 41, y + 2);
    await operator.locator('.gantt-readout').waitFor();
    await operator.mouse.wheel(0, 4000);
    await expect
      .poll(() => chart.evaluate<number, { scrollTop: number }>((view) => view.scrollTop))
      .toBeGreaterThan(2000);
    expect(await inked(operator)).toBeGreaterThan(0.1);
    await operator.getByLabel('Nodes containing').fill('n0999');
    await operator.getByText(/^The same as a table \(\d bookings\)/).waitFor();
    const idle = await operator.evaluate<number>(IDLE_WORK);
    panned.sort((a, b) => a - b);
    console.log(
      `calendar of ${nodes.length} nodes, ${entries.length} bookings: drawn ${firstMs.toFixed(0)} ms after they were there, panning p95 ${panned[Math.floor(panned.length * 0.95)]?.toFixed(0)} ms a frame, idle ${idle.toFixed(0)} ms of tasks over 50 ms in 2 s`,
    );
  });

  test('the nodes of a data centre are searched, and shown so many at a time', async () => {
    const server = await stage.server();
    const operator = await stage.operator(server);
    const { nodes } = dataCentre(Date.now());
    await operator.route('**/OpenPEX/nodes', (route) => route.fulfill({ json: nodes }));
    await goTo(operator, 'Nodes');
    await operator.getByText('30 of 1,000 nodes').waitFor();
    await operator.getByLabel('State').selectOption('out');
    await operator.getByText('30 of 100 nodes').waitFor();
    await operator.getByRole('button', { name: 'Show more' }).click();
    await operator.getByText('60 of 100 nodes').waitFor();
    await operator.getByLabel('Name containing, or group').fill('n0010');
    await expect.poll(() => operator.locator('.node-cards > li').count()).toBe(1);
    await operator.getByLabel('Name containing, or group').fill('nowhere');
    await operator.getByText('No such node.').waitFor();
  });
}

/** Reserved and held for three days around now; each tenth node is down or drained. */
function dataCentre(nowMs: number): { nodes: ClusterNode[]; entries: CalendarEntry[] } {
  const name = (i: number) => `n${String(i).padStart(4, '0')}`;
  const nodes = Array.from({ length: 1000 }, (_, i): ClusterNode => {
    const outage = { startTime: '', endTime: null, startTimeMs: nowMs - HOUR, endTimeMs: nowMs + HOUR };
    return {
      node: name(i),
      group: `rack${i % 40}`,
      up: i % 20 !== 0,
      inService: i % 20 !== 10,
      outages: i % 10 === 0 ? [{ ...outage, id: `O${i}`, node: name(i), cause: 'drained' }] : [],
      losses: 0,
      servedMs: HOUR,
      ...{ cpus: 64, memoryMib: 262_144, diskGib: 1000, bookedCpus: 32, bookedMemoryMib: 65_536 },
      ...{
        bookedDiskGib: 100,
        resources: {},
        bookedResources: {},
        vms: 8,
        notEmptied: [],
        busyPermille: 300,
      },
    };
  });
  const entries = Array.from({ length: 20_000 }, (_, i): CalendarEntry => {
    const startTimeMs = nowMs - 36 * HOUR + ((i * 7919) % 72) * HOUR;
    return {
      node: name(i % 1000),
      reservationId: `R${String(i).padStart(6, '0')}`,
      username: `user${i % 60}`,
      reservationName: i % 3 === 0 ? null : `Course ${i}`,
      kind: i % 9 === 0 ? 'hold' : 'reservation',
      startTimeMs,
      endTimeMs: startTimeMs + (1 + (i % 11)) * HOUR,
      cpus: 4 + (i % 5) * 4,
      memoryMib: 4096,
    };
  });
  return { nodes, entries };
}

/** The share of the chart on which something is drawn. */
function inked(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector('.gantt canvas');
    if (canvas === null || canvas.width === 0) return 0;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let strong = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 200) strong += 1;
    return strong / (data.length / 4);
  })()`);
}

/** \`firstDrawing\`: milliseconds from when the browser has the bookings to when they are on the screen. What a story's server takes is not the page's. */
const WATCH_FIRST_DRAWING = `void (window.firstDrawing = new Promise((done) => {
  const look = () => {
    const canvas = document.querySelector('.gantt canvas');
    const sent = performance.getEntriesByType('resource').find(({ name }) => name.includes('/calendar?'));
    const isDrawn = sent && canvas?.width > 300 && canvas.getContext('2d').getImageData(0, 40, 20, 60).data.some((ink) => ink > 0);
    // The frame in which it is drawn is over when the next task begins.
    if (isDrawn) requestAnimationFrame(() => setTimeout(() => done(performance.now() - sent.responseEnd)));
    else setTimeout(look, 5);
  };
  look();
}))`;

/** Times between frames, until \`watched()\` is called. */
const WATCH_FRAMES = `(() => {
  const times = [];
  let last = performance.now();
  let on = true;
  const frame = (now) => { times.push(now - last); last = now; if (on) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  window.watched = () => { on = false; return times; };
})()`;

/** Milliseconds that long tasks took in two seconds. */
const IDLE_WORK = `new Promise((done) => {
  let sum = 0;
  const watch = new PerformanceObserver((list) => { for (const task of list.getEntries()) sum += task.duration; });
  watch.observe({ type: 'longtask' });
  setTimeout(() => { watch.disconnect(); done(sum); }, 2000);
})`;
