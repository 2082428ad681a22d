// How the cluster was loaded over a time that is over, and the question for it.
import { type Static, Type } from 'typebox';
import { closed, component, InstantMs, WireInstant } from './field.ts';

export const LoadQuery = Type.Object(
  {
    from: WireInstant,
    to: WireInstant,
    node: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Absent: all of them' })),
  },
  closed,
);

/** Means over a step. */
const LoadMeans = Type.Object({
  startTimeMs: InstantMs,
  endTimeMs: InstantMs,
  cpus: Type.Number({ description: 'Of nodes that were not lost or gone' }),
  reservedCpus: Type.Number({ description: 'Of reservations whose window was open' }),
  allocatedCpus: Type.Number({ description: 'Of VMs that were up' }),
  busyCpus: Type.Number({ description: 'That guests kept busy, as far as the hypervisor says' }),
  memoryMib: Type.Number(),
  reservedMemoryMib: Type.Number(),
  allocatedMemoryMib: Type.Number(),
});

export const Load = component(
  'Load',
  Type.Object({
    keptFromTimeMs: Type.Integer({
      description: 'From when on it is known; what was before is in an archive, if it was',
    }),
    steps: Type.Array(LoadMeans, { description: 'In order, of equal length but for the last' }),
  }),
);
export type Load = Static<typeof Load>;
