// The instance types to choose from.
import { useId } from 'preact/hooks';
import type { InstanceType } from '../api/wire.ts';
import { formatCount, formatMemory } from '../text/amounts.ts';

interface TypeCardsProps {
  readonly types: readonly InstanceType[];
  readonly value: string;
  readonly onValue: (name: string) => void;
}

export function TypeCards({ types, value, onValue }: TypeCardsProps) {
  const name = useId();
  return (
    <fieldset class="type-cards">
      <legend>
        <h3>Type</h3>
      </legend>
      <div class="type-options">
        {types.map((type) => (
          <label key={type.name} class="type-card">
            <input
              type="radio"
              name={name}
              value={type.name}
              checked={type.name === value}
              onChange={() => onValue(type.name)}
            />
            <span class="type-name">{type.name}</span>
            <span>{formatCount(type.cpus, 'CPU')}</span>
            <span>{formatMemory(type.memoryMib)} RAM</span>
            <span>{type.diskGib} GiB disk</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
