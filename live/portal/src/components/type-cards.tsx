// The instance types to choose from.
import { useId } from 'preact/hooks';
import type { InstanceType } from '../../../wire/service.ts';
import { formatCount, formatMemory, formatNamed } from '../text/amounts.ts';
import type { HeadingTag } from './heading-tag.ts';

interface TypeCardsProps {
  readonly heading: HeadingTag;
  readonly types: readonly InstanceType[];
  readonly value: string;
  readonly onValue: (name: string) => void;
}

export function TypeCards({ heading: Heading, types, value, onValue }: TypeCardsProps) {
  const name = useId();
  return (
    <fieldset class="type-cards">
      <legend>
        <Heading>Type</Heading>
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
            {formatNamed(type.resources).map((text) => (
              <span key={text}>{text}</span>
            ))}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
