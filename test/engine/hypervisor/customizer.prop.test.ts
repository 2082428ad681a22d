// What a VM is made of that is a variation of what there is, against a look at every template.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Customizer } from '../../../engine/hypervisor/simulated/customizer.ts';
import type { CustomizerSettings } from '../../../engine/index.ts';

const FEATURES = ['a', 'b', 'c', 'd'];
const TEMPLATES = ['t0', 't1', 't2', 't3', 't4'];

const times = fc.record({ addMs: fc.integer({ min: 0, max: 9 }), dropMs: fc.integer({ min: 0, max: 9 }) });

const settings: fc.Arbitrary<CustomizerSettings> = fc.record({
  featureTimes: fc
    .array(times, { minLength: FEATURES.length, maxLength: FEATURES.length })
    .map((all) => new Map(all.map((each, i) => [FEATURES[i]!, each]))),
  featuresByTemplate: fc
    .array(fc.subarray(FEATURES), { minLength: TEMPLATES.length, maxLength: TEMPLATES.length })
    .map((all) => new Map(all.map((has, i) => [TEMPLATES[i]!, new Set(has)]))),
  library: fc.subarray(TEMPLATES, { minLength: 1 }),
  reuses: fc.boolean(),
});

/** VMs come and go; each is of one template. */
const steps = fc.array(fc.record({ vm: fc.nat({ max: 7 }), isMade: fc.boolean() }), { maxLength: 20 });
const vmOf = (vm: number) => ({ vmId: `vm-${vm}`, template: TEMPLATES[vm % TEMPLATES.length]! });

function leastMs({ featuresByTemplate, featureTimes }: CustomizerSettings, there: Set<string>, to: string) {
  const wanted = featuresByTemplate.get(to)!;
  const ways = [...there].map((from) =>
    FEATURES.reduce((sumMs, feature) => {
      const has = featuresByTemplate.get(from)!.has(feature);
      if (has === wanted.has(feature)) return sumMs;
      return sumMs + featureTimes.get(feature)![has ? 'dropMs' : 'addMs'];
    }, 0),
  );
  return Math.min(...ways);
}

test('it is the closest of the library and of the VMs that exist, whatever came and went', () => {
  fc.assert(
    fc.property(settings, steps, (given, history) => {
      const customizer = new Customizer(given);
      const existing = new Set<number>();
      for (const { isMade, vm } of history) {
        if (isMade) {
          customizer.made(vmOf(vm));
          existing.add(vm);
        } else {
          customizer.gone(vmOf(vm));
          existing.delete(vm);
        }
        const ofVms = given.reuses ? [...existing].map((each) => vmOf(each).template) : [];
        const there = new Set([...given.library, ...ofVms]);
        for (const template of TEMPLATES) {
          const { durationMs, template: from } = customizer.closest(template)!;
          expect(durationMs).toBe(leastMs(given, there, template));
          expect(there).toContain(from);
        }
      }
    }),
  );
});

test('a larger library never takes longer, and what is in it takes no time', () => {
  fc.assert(
    fc.property(settings, fc.constantFrom(...TEMPLATES), (given, added) => {
      const before = new Customizer(given);
      const after = new Customizer({ ...given, library: [...given.library, added] });
      for (const template of TEMPLATES)
        expect(after.closest(template)!.durationMs).toBeLessThanOrEqual(before.closest(template)!.durationMs);
      expect(after.closest(added)!.durationMs).toBe(0);
    }),
  );
});

test('a template of which no features are known is there as it is', () => {
  fc.assert(
    fc.property(settings, (given) => {
      expect(new Customizer(given).closest('other')).toBeUndefined();
    }),
  );
});
