// Until when a token or a key is good.
import { SelectField } from './field.tsx';

export const FOREVER = 'never';

interface ExpiryFieldProps {
  /** Days, or FOREVER. */
  readonly value: string;
  readonly onValue: (value: string) => void;
}

export function ExpiryField({ value, onValue }: ExpiryFieldProps) {
  return (
    <SelectField
      label="Expires"
      value={value}
      onValue={onValue}
      options={[
        ['30', 'in 30 days'],
        ['90', 'in 90 days'],
        ['365', 'in a year'],
        [FOREVER, 'never, until it is revoked'],
      ]}
    />
  );
}

/** As the API takes it. */
export function expiryOf(days: string): { expiresInDays?: number } {
  return days === FOREVER ? {} : { expiresInDays: Number(days) };
}
