// docs/validation.md says what the models of live migration say of the four VMs of the dissertation's Table 4.1 (update it with vitest -u).
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { predictMigration } from '../../experiments/calibration/predict-migration.ts';
import { migrationSettings } from '../../scenarios/load/migration.ts';
import { MigrationField } from '../../scenarios/schema/migration.ts';
import { complete } from '../../written/written-value.ts';

/** As published, and the pages that a guest must dirty in a second for `xen` to send again as many as are published in all. */
const VMS = [
  { memoryMib: 512, proposedMs: 20, otherMs: 23, dirtied: 10_000, dirtyPagesPerS: 217 },
  { memoryMib: 1024, proposedMs: 25, otherMs: 28, dirtied: 10_000, dirtyPagesPerS: 112 },
  { memoryMib: 1536, proposedMs: 29, otherMs: 28, dirtied: 13_000, dirtyPagesPerS: 98 },
  { memoryMib: 2048, proposedMs: 33, otherMs: 33, dirtied: 17_000, dirtyPagesPerS: 96 },
];
const WAYS = [
  { name: '`xen`', model: 'xen' },
  { name: '`xen`, compressed', model: 'xen', compression: { ratio: 0.5 } },
  { name: '`mecom`', model: 'mecom' },
  { name: '`xbzrle`', model: 'xbzrle' },
  { name: '`hmdc`', model: 'hmdc' },
  { name: '`post-copy`', model: 'post-copy' },
];
const [BEGIN, END] = ['<!-- table-4.1 -->', '<!-- /table-4.1 -->'];

function sumsOf({ model, compression }: { model: string; compression?: object }, vm: (typeof VMS)[number]) {
  const written = {
    model,
    linkMbitPerS: 100,
    memoryInUse: { min: 1, max: 1 },
    workingSet: { min: 1, max: 1 },
  };
  const field = complete(MigrationField, { ...written, ...(compression && { compression }) });
  return predictMigration(migrationSettings(field as MigrationField), vm);
}

test('docs/validation.md has what each model says of the VMs of Table 4.1', async () => {
  const names = WAYS.map(({ name }) => name);
  const tableOf = (columns: readonly string[], rows: string[][]) =>
    [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const standstill = VMS.map((vm) => [
    `${vm.memoryMib} MiB`,
    String(vm.proposedMs),
    String(vm.otherMs),
    ...WAYS.map((way) => (sumsOf(way, vm).downtimeS * 1000).toFixed(1)),
    spread(vm),
  ]);
  const course = VMS.map((vm) => [
    `${vm.memoryMib} MiB`,
    ...WAYS.map((way) => {
      const { seconds, wireBytes } = sumsOf(way, vm);
      return `${seconds.toFixed(1)}, ${Math.round(wireBytes / 1e6)}`;
    }),
  ]);
  const tables = [
    'Standstill, in milliseconds:',
    '',
    tableOf(
      [
        'VM',
        'published: proposed',
        'published: non-adaptive',
        ...names,
        '`xen`, guests 10 % slower to faster',
      ],
      standstill,
    ),
    '',
    'Seconds from beginning to end, and megabytes on the wire, neither of which is published:',
    '',
    tableOf(['VM', ...names], course),
  ].join('\n');
  const page = await readFile('docs/validation.md', 'utf8');
  const written = `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n\n${tables}\n\n${page.slice(page.indexOf(END))}`;
  await expect(written).toMatchFileSnapshot('../../docs/validation.md');
});

function spread(vm: (typeof VMS)[number]): string {
  const standstills = Array.from({ length: 201 }, (_, i) => {
    const dirtyPagesPerS = vm.dirtyPagesPerS * (0.9 + i * 0.001);
    return sumsOf(WAYS[0]!, { ...vm, dirtyPagesPerS }).downtimeS * 1000;
  });
  return `${Math.min(...standstills).toFixed(1)} to ${Math.max(...standstills).toFixed(1)}`;
}

test.each(VMS)('the guest of $memoryMib MiB has $dirtied pages sent again', (vm) => {
  const pages = (sumsOf(WAYS[0]!, vm).sourceBytes - vm.memoryMib * 2 ** 20) / 4096;
  expect(Math.abs(pages / vm.dirtied - 1)).toBeLessThan(0.01);
});
