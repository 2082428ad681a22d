// Levels of priority by kind of lease, and nobody starves: who has waited rises, a level after the other.
import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';
import { durationMs, durationOption, finiteDurationOption } from '../../written/duration.ts';

const level = (name: string, of: number) =>
  Type.Integer({
    default: of,
    minimum: 1,
    maximum: 100,
    description: `Of requests of the kind ${name}; 1 is the most urgent.`,
  });

export const ageing = waitlistPolicy({
  name: 'ageing',
  summary: 'The most urgent kind of lease first; who has waited long rises, level by level, up to the first.',
  guide: {
    rule: 'argmin of max(1, level of the kind - number of whole `period`s waited beyond `threshold`); at one level whoever has waited longest.',
    origin:
      "Priorities 1 to 4 and ageing of the dissertation's Algorithm 1, one level for each period (its letter raises a request to the top at once).",
    use: 'When some requests are more urgent than others and none is to wait for ever. With a period of "unlimited" levels are strict.',
  },
  options: Type.Object({
    levels: Type.Object(
      {
        immediate: level('immediate', 1),
        advance: level('advance', 2),
        deadline: level('deadline', 3),
        flexible: level('flexible', 4),
      },
      { default: {}, additionalProperties: false, description: 'The level of each kind that can wait.' },
    ),
    threshold: finiteDurationOption({
      default: '15m',
      description: 'Who has waited for less does not rise.',
    }),
    period: durationOption({
      default: '15m',
      description: 'How long it takes to rise by a level; more than 0.',
    }),
  }),
  create: ({ levels, period, threshold }) => {
    const of: Readonly<Record<string, number>> = levels;
    const lowest = Math.max(...Object.values(of));
    const thresholdMs = durationMs(threshold);
    const periodMs = Math.max(1, durationMs(period));
    return {
      rank({ nowMs, proposal, sinceMs }) {
        const risen = Math.max(0, Math.floor((nowMs - sinceMs - thresholdMs) / periodMs));
        return Math.max(1, (of[proposal.kind ?? 'advance'] ?? lowest) - risen);
      },
    };
  },
});
