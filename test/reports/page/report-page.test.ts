import { describe, expect, test } from 'vitest';
import { MAX_BARS } from '../../../reports/metrics/node-timeline.ts';
import { renderReport } from '../../../reports/page/report-page.ts';
import type { RunFigures } from '../../../reports/run-metrics.ts';
import { EventStream, hour, proposal } from '../event-stream.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, exampleRun } from '../example-run.ts';
import { measure, measureEvents } from '../measure.ts';
import { syntheticRun } from '../synthetic-run.ts';

function pageOf(figures: RunFigures, more: Partial<typeof EXAMPLE_RUN> = {}): string {
  return renderReport({ run: { ...EXAMPLE_RUN, ...more }, outcome: EXAMPLE_OUTCOME, figures });
}

const example = () => measure(exampleRun(), { warmUpHours: 1 }).figures;

function withoutScripts(page: string): string {
  return page.replace(/<(script|style)[^>]*>.*?<\/\1>/gs, '');
}

const VOID = new Set(['wbr', 'meta', 'img', 'input', 'br', 'link', 'hr']);

/** The first tag that does not fit its place; undefined when the page is well-formed. */
function firstMisplacedTag(page: string): string | undefined {
  const open: string[] = [];
  for (const [tag, slash, name, selfClosed] of withoutScripts(page).matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?:"[^"]*"|[^>"])*?(\/?)>/gi,
  )) {
    if (slash === '/') {
      if (open.pop() !== name) return tag;
    } else if (selfClosed !== '/' && !VOID.has(name!)) {
      open.push(name!);
    }
  }
  return open.length === 0 ? undefined : `<${open.join('> <')}> left open`;
}

describe('report.html', () => {
  test('refers to nothing outside itself', () => {
    const page = pageOf(example());
    const addresses = page.match(/\bhttps?:\/\/[^\s"'<>]+/g) ?? [];
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(page).not.toMatch(/<link|<iframe|@import|\bfetch\(|XMLHttpRequest|import\(/);
    const sources = [...withoutScripts(page).matchAll(/\b(?:src|href)="([^"]*)"/g)].map(
      ([, source]) => source!,
    );
    expect(sources.filter((source) => !/^(#|data:image\/png;base64,)/.test(source))).toEqual([]);
    expect(page).not.toMatch(/url\((?!#)/);
  });

  test('is well-formed, with headings in order, unique ids and a text for every picture', () => {
    const page = pageOf(example());
    expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(firstMisplacedTag(page)).toBeUndefined();
    const levels = [...withoutScripts(page).matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    for (const [svg] of withoutScripts(page).matchAll(/<svg[^>]*>/g))
      expect(svg).toMatch(/role="img" aria-label="[^"]{10,}"/);
    for (const [image] of page.matchAll(/<img[^>]*>/g)) expect(image).toMatch(/alt="[^"]{10,}"/);
    for (const [head] of page.matchAll(/<th[ >][^>]*>/g)) expect(head).toContain('scope=');
  });

  test('says what ran, how to repeat it and under which settings', () => {
    const page = pageOf(example());
    expect(page).toContain('<h1>two nodes &amp; &lt;a day&gt;</h1>');
    for (const text of [
      EXAMPLE_OUTCOME.digest,
      'npx openpex run',
      'negotiation',
      'hold',
      '10m',
      'version',
      '0.1.0',
    ]) {
      expect(page.toLowerCase()).toContain(text.toLowerCase());
    }
  });

  test('puts the CPU-hours asked beside the requests, and the rest of its tiles under captions of their own', () => {
    const page = pageOf(example());
    const tile = (title: string) => page.split(`<div><dt>${title}</dt>`)[1]?.split('</div>')[0];
    expect(tile('Confirmed')).toContain('10.5\u00a0% of the CPU-hours asked');
    // 190 asked; two nodes of 4 vCPUs for 23 hours, but for two hours in which one was lost.
    expect(tile('Offered load')).toContain('196 CPU-hours asked for this time, 176 online');
    expect(tile('Availability')).toContain('4\u00a0h lost to node losses');
    expect(tile('Availability')).toContain('1 reservation failed');
    expect(tile('No-shows')).toContain('50.0\u00a0% of the reservations');
    expect(tile('Energy, kWh')).toContain('0.20 kW on average');
    expect(tile('Requests')).not.toContain('rounds');
  });

  test('has words for what did not happen', () => {
    const figures = example();
    const { negotiation } = figures;
    const none = { ...negotiation.negotiationMs, p50: 0 };
    const page = pageOf({
      ...figures,
      negotiation: { ...negotiation, holdMs: 0, vainHoldCpuMs: 0, negotiationMs: none },
    });
    expect(page).toContain('a confirmation came at the instant of the first proposal');
    expect(page).toContain('No offer held capacity for longer than an instant.');
  });

  test('cannot be broken by what users are called', () => {
    const page = pageOf(example());
    expect(page).not.toContain('</script><b>bob');
    expect(page.match(/<\/script>/g)!.length).toBe(page.match(/<script[ >]/g)!.length);
  });

  test('offers to save each figure, under a name of its own', () => {
    // Without scripts nothing can be saved.
    const page = pageOf(example()).replaceAll(/<noscript>.*?<\/noscript>/gs, '');
    const names = Array.from(
      page.matchAll(/<figure\b[^>]*/g),
      ([tag]) => /data-figure="([^"]+)"/.exec(tag)?.[1],
    );
    expect(names).toContain('price');
    expect(names).not.toContain(undefined);
    expect(names).toEqual([...new Set(names)]);
  });

  test('says so when there are too many bars to draw', () => {
    const figures = example();
    const page = pageOf({ ...figures, timeline: { ...figures.timeline, reservations: null } });
    expect(page).toContain('more than 60,000 bars');
    expect(page).not.toContain('id="gantt-data"');
    expect(firstMisplacedTag(page)).toBeUndefined();
  });

  test('holds for runs without requests, without nodes, with one instant, and stopped in their warm-up', () => {
    const nothing = measure(new EventStream().finished(0)).figures;
    const idle = measure(new EventStream().node('n1').finished(3)).figures;
    const instant = measure(new EventStream().node('n1').asked(0, 'r1', proposal(1, 1)).finished(0)).figures;
    const warmUp = measure(exampleRun(), { warmUpHours: 100 }).figures;
    for (const figures of [nothing, idle, instant, warmUp]) {
      const page = pageOf(figures);
      expect(firstMisplacedTag(page)).toBeUndefined();
      expect(withoutScripts(page)).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test('tells how far an interrupted run got and what it had planned', () => {
    const page = renderReport({
      run: { ...EXAMPLE_RUN, endMs: hour(48) },
      outcome: { ...EXAMPLE_OUTCOME, end: 'interrupted' },
      figures: example(),
    });
    expect(page).toMatch(/role="status"><strong>This run was interrupted<\/strong> at 6 Jan 2026, 00:00 UTC/);
    expect(page).toContain('It was to go on until 7 Jan 2026, 00:00 UTC.');
    expect(page).toContain('until then, and everything was over.');
    const figures = example();
    const { negotiation } = figures;
    const outcomes = { ...negotiation.outcomes, open: 1 };
    const stopped = renderReport({
      run: EXAMPLE_RUN,
      outcome: { ...EXAMPLE_OUTCOME, end: 'horizon' },
      figures: { ...figures, negotiation: { ...negotiation, outcomes } },
    });
    expect(stopped).toContain('when 1 negotiation was not over.');
  });

  test('stays below a few megabytes for a month of 144 nodes', () => {
    const events = syntheticRun({
      seed: 11,
      nodes: 144,
      sessions: 700,
      days: 30,
      nodeLosses: 20,
      largestRequest: 288,
    });
    const startMs = events[0]!.atMs;
    const { figures } = measureEvents(events, {
      startMs,
      measuredFromMs: startMs,
      endMs: events.at(-1)!.atMs,
    });
    const bars = figures.timeline.reservations!.reduce((sum, { bars: own }) => sum + own.length, 0);
    const page = pageOf(figures);
    // What is not bars is bounded for every run, curves by their number of bins; a bar must cost no more than a few bytes.
    const OTHER = 1_300_000;
    expect(bars).toBeGreaterThan(3000);
    expect(page.length).toBeLessThan(OTHER + bars * 25);
    expect(OTHER + MAX_BARS * 25).toBeLessThan(5_000_000);
  });
});
