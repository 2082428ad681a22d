// What was measured last: bench/recorded.json, against which a change is held, and docs/performance.md for people.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type BenchModule, type Figure, isMet, type Reading, shown, targetOf } from './figure.ts';

/** This file runs as dist/bench/records.js. */
const ROOT = new URL('../../', import.meta.url);
const RECORDED = fileURLToPath(new URL('bench/recorded.json', ROOT));
const PAGE = fileURLToPath(new URL('docs/performance.md', ROOT));
const BEGIN = '<!-- measured -->';
const END = '<!-- /measured -->';

interface Entry {
  readonly module: string;
  readonly about: string;
  readonly name: string;
  readonly unit: Figure['unit'];
  readonly value: number;
  readonly target: string;
  readonly isMet: boolean;
  readonly beside: string;
  /** When and where: date, version and commit, Node, processor. */
  readonly on: string;
}

export class Records {
  readonly #entries: Map<string, Entry>;
  readonly #on = machine();

  private constructor(entries: readonly Entry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  static read(): Records {
    return new Records(JSON.parse(readFileSync(RECORDED, 'utf8')) as Entry[]);
  }

  /** 0 when it was never recorded. */
  valueOf(name: string): number {
    return this.#entries.get(name)?.value ?? 0;
  }

  note({ about, name: module }: BenchModule, figure: Figure, { beside, value }: Reading): void {
    const { name, unit } = figure;
    this.#entries.set(name, {
      module,
      about,
      name,
      unit,
      value: Number(value.toPrecision(3)),
      target: targetOf(figure),
      isMet: isMet(figure, value),
      beside,
      on: this.#on,
    });
  }

  write(): void {
    const entries = [...this.#entries.values()];
    writeFileSync(RECORDED, `${JSON.stringify(entries, null, 2)}\n`);
    const page = readFileSync(PAGE, 'utf8');
    const from = page.indexOf(BEGIN) + BEGIN.length;
    const to = page.indexOf(END);
    writeFileSync(PAGE, `${page.slice(0, from)}\n\n${tables(entries)}\n\n${page.slice(to)}`);
  }
}

function tables(entries: readonly Entry[]): string {
  const machines = [...new Set(entries.map(({ on }) => on))];
  const parts = [...new Set(entries.map(({ module }) => module))].map((module) => {
    const own = entries.filter((entry) => entry.module === module);
    const rows = own.map(
      ({ beside, isMet: met, name, on, target, unit, value }) =>
        `| ${name} | ${shown(value, unit)} | ${target}${target === '' || met ? '' : ' (missed)'} | ${beside} | ${machines.indexOf(on) + 1} |`,
    );
    return `### ${module}\n\n${own[0]!.about}\n\n| figure | measured | target | of | on |\n|---|---|---|---|---|\n${rows.join('\n')}`;
  });
  const where = machines.map((on, index) => `${index + 1}. ${on}`).join('\n');
  return `${parts.join('\n\n')}\n\nMeasured on:\n\n${where}`;
}

function machine(): string {
  const [{ model = 'unknown processor' } = {}, ...others] = cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: fileURLToPath(ROOT),
    encoding: 'utf8',
  });
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, commit ${commit.trim()}, Node ${process.versions.node}, ${others.length + 1} × ${model}`;
}
