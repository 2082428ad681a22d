// The scheduler of OpenNebula: its named ranks, its two languages as its grammars have them, and what is said about slips.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodePreference, NodeView } from '../../../engine/index.ts';
import { parseRank, parseRequirements } from '../../../policies/allocation/opennebula-expression.ts';
import { clusterView, decision, make, nodeView, placement } from '../views.ts';

function chosen(options: Record<string, unknown>, nodes: readonly NodeView[]): number {
  return make('allocation', 'opennebula', options).choose(placement(), nodes, clusterView(), decision())
    .index;
}

const free = (milliCpus: number, memoryMib = 4096) => ({ minFree: { milliCpus, memoryMib, diskGib: 100 } });

describe('ranks', () => {
  const nodes = [
    nodeView(0, { instancesBooked: 1, ...free(2000) }),
    nodeView(1, { instancesBooked: 3, ...free(1000) }),
    nodeView(2, { instancesBooked: 2, ...free(3500) }),
  ];

  test('packing takes most VMs, striping fewest, load-aware the most free CPU; striping is the default', () => {
    expect(chosen({ rank: 'packing' }, nodes)).toBe(1);
    expect(chosen({ rank: 'striping' }, nodes)).toBe(0);
    expect(chosen({}, nodes)).toBe(0);
    expect(chosen({ rank: 'load-aware' }, nodes)).toBe(2);
  });

  test('a rank is any expression; an empty one leaves the first host', () => {
    // 200 - 100 x 1 = 100, 100 - 300 = -200, 350 - 200 = 150.
    expect(chosen({ rank: 'FREE_CPU - 100 * RUNNING_VMS' }, nodes)).toBe(2);
    expect(chosen({ rank: '' }, nodes)).toBe(0);
  });

  test('a rank is cut to a whole number, so that equals go to the first', () => {
    expect(chosen({ rank: 'RUNNING_VMS / 4' }, nodes)).toBe(0);
    expect(chosen({ rank: 'RUNNING_VMS / 4.0 * 4' }, nodes)).toBe(1);
  });

  test('a host whose rank is no number comes last', () => {
    const idle = nodeView(0, { instancesBooked: 0 });
    expect(chosen({ rank: '1 / RUNNING_VMS' }, [idle, nodes[1]!])).toBe(1);
  });
});

describe('requirements', () => {
  const nodes = [
    nodeView(0, { group: 'old', ...free(1000) }),
    nodeView(1, { group: 'xen-a', ...free(3000) }),
    nodeView(2, { group: 'xen-b', ...free(2000) }),
  ];

  test('hosts that meet them go before all others, ranked among themselves', () => {
    expect(chosen({ rank: 'load-aware', requirements: 'CLUSTER = "xen-b" | CLUSTER = old' }, nodes)).toBe(2);
    expect(chosen({ rank: 'load-aware', requirements: 'HYPERVISOR = "xen" & FREE_CPU < 150' }, nodes)).toBe(
      0,
    );
  });

  test('a request may have its own: requirements beside those of the policy, a rank instead of its', () => {
    const policy = make('allocation', 'opennebula', {
      rank: 'load-aware',
      requirements: 'CLUSTER = "xen*"',
    });
    const own = (preference: NodePreference) =>
      policy.choose({ ...placement(), preference }, nodes, clusterView(), decision()).index;
    expect(own({})).toBe(1);
    expect(own({ requirements: 'FREE_CPU < 250' })).toBe(2);
    expect(own({ rank: '-FREE_CPU' })).toBe(2);
    expect(own({ rank: 'ID', requirements: 'FREE_CPU > 200' })).toBe(1);
    // None of the cluster that the policy wants has so little; the others are asked, and the rank decides.
    expect(own({ rank: '-FREE_CPU', requirements: 'FREE_CPU < 150' })).toBe(0);
  });

  test('where no candidate meets them, the rank alone decides', () => {
    expect(chosen({ rank: 'load-aware', requirements: 'HYPERVISOR = "kvm"' }, nodes)).toBe(1);
  });
});

describe('the languages', () => {
  type Host = Readonly<{ a: number; b: number; name: string }>;
  const attributes = { A: ({ a }: Host) => a, B: ({ b }: Host) => b, NAME: ({ name }: Host) => name };
  const host: Host = { a: 2.5, b: 7, name: 'node12' };
  const meets = (text: string) => parseRequirements(text, attributes)(host);
  const rank = (text: string) => parseRank(text, attributes)(host);

  test.each([
    ['', true],
    ['A = 2', true], // With a whole number only the whole part is compared.
    ['A = 2.0', false],
    ['A = 2.5', true],
    ['A > 2', false],
    ['B != 7', false],
    ['NAME = "node[0-9]*"', true],
    ['NAME != "node[!0-9]*"', true],
    ['NAME = node', false],
    ['NAME = "node??"', true],
    ['NAME = "n.de12"', false],
    ['NAME > 3', false],
    ['!(B = 7)', false],
    // All signs bind alike, from the left: (true | true) & false.
    ['B = 7 | B = 7 & B = 8', false],
    ['B = 7 | (B = 7 & B = 8)', true],
    ['! B = 8 & B = 8', false],
  ])('the requirements %j are %j', (text, expected) => {
    expect(meets(text)).toBe(expected);
  });

  test.each([
    ['', 0],
    ['A', 2],
    ['-A', -2],
    ['B - 3 - 2', 2],
    ['2 + B * 3', 23],
    ['-(B - 10) * 2', 6],
    ['B / 2 / 2', 1],
    ['NAME', 0],
  ])('the rank %j is %j', (text, expected) => {
    expect(rank(text)).toBe(expected);
  });

  interface Written {
    readonly text: string;
    readonly value: number;
  }
  test('any expression in brackets has the value that its parts have', () => {
    const { sum } = fc.letrec<{ sum: Written; leaf: Written; node: Written }>((tie) => ({
      leaf: fc.oneof(
        fc.nat(99).map((value) => ({ text: String(value), value })),
        fc.constant({ text: 'B', value: host.b }),
      ),
      node: fc.tuple(tie('sum'), fc.constantFrom('+', '-', '*'), tie('sum')).map(([left, sign, right]) => ({
        text: `(${left.text} ${sign} ${right.text})`,
        value:
          sign === '+'
            ? left.value + right.value
            : sign === '-'
              ? left.value - right.value
              : left.value * right.value,
      })),
      sum: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('node')),
    }));
    // Adding 0 makes one zero of the two that JavaScript has.
    fc.assert(
      fc.property(sum, ({ text, value }) => {
        expect(rank(text) + 0).toBe(value + 0);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['FREE_CPU >', '"FREE_CPU >" has its end where a number or a text was expected'],
    ['CLUSTER < "a"', '"CLUSTER < "a"" has its end where a number after < was expected'],
    ['FREECPUS = 3', 'hosts have no attribute "FREECPUS"'],
    ['(FREE_CPU > 3', '"(FREE_CPU > 3" has its end where ) was expected'],
    ['FREE_CPU > 3 FREE_CPU', '"FREE_CPU > 3 FREE_CPU" has "FREE_CPU" where & or |, or the end was expected'],
    ['FREE_CPU # 3', '"FREE_CPU # 3" has "# 3" in it, which is no part of an expression'],
    ['NAME = "[z-a]"', '"[z-a]" is no pattern'],
  ])('%j is refused, with the reason', (requirements, reason) => {
    expect(() => make('allocation', 'opennebula', { requirements })).toThrow(reason);
  });
});
