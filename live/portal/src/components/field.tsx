// A labelled form field with its hint and its error, tied together for screen readers.
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface FieldFrameProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly children: ComponentChildren;
}

/** An error takes the place of the hint, which it repeats. */
function FieldFrame({ id, label, hint, error, children }: FieldFrameProps) {
  return (
    <div class={error === undefined ? 'field' : 'field wrong'}>
      <label for={id}>{label}</label>
      {children}
      {hint !== undefined && error === undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly type?: 'text' | 'password' | 'email' | 'number' | 'date' | 'datetime-local' | 'search';
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly autoComplete?: string;
  readonly required?: boolean;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly disabled?: boolean;
  readonly inputMode?: 'decimal' | 'numeric';
  readonly maxLength?: number;
  readonly unit?: string;
}

export function TextField(props: TextFieldProps) {
  const { label, value, onValue, type = 'text', hint, error, unit, required = false, ...rest } = props;
  const id = useId();
  const described = error !== undefined ? `${id}-error` : hint !== undefined ? `${id}-hint` : undefined;
  const input = (
    <input
      id={id}
      // Preact tells the kinds of input apart by their type; what is passed on here suits them all.
      type={type as 'text'}
      value={value}
      required={required}
      aria-invalid={error !== undefined}
      aria-describedby={described}
      onInput={(event) => onValue(event.currentTarget.value)}
      {...rest}
    />
  );
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      {unit === undefined ? (
        input
      ) : (
        <span class="with-unit">
          {input}
          <span class="unit">{unit}</span>
        </span>
      )}
    </FieldFrame>
  );
}

interface AreaFieldProps
  extends Pick<TextFieldProps, 'label' | 'value' | 'onValue' | 'hint' | 'error' | 'maxLength'> {
  readonly rows: number;
  /** As people write it; absent: as machines read it. */
  readonly isProse?: boolean;
}

/** Text of several lines. */
export function AreaField(props: AreaFieldProps) {
  const { label, value, onValue, hint, error, rows, isProse = false, maxLength } = props;
  const id = useId();
  const described = error !== undefined ? `${id}-error` : hint !== undefined ? `${id}-hint` : undefined;
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <textarea
        id={id}
        class={isProse ? undefined : 'code'}
        rows={rows}
        maxLength={maxLength}
        spellcheck={isProse}
        autocomplete="off"
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={described}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </FieldFrame>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly options: ReadonlyArray<readonly [value: string, label: string]>;
  readonly hint?: ComponentChildren;
}

export function SelectField({ label, value, onValue, options, hint }: SelectFieldProps) {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint}>
      <select
        id={id}
        value={value}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

interface CheckFieldProps {
  readonly label: string;
  readonly value: boolean;
  readonly onValue: (value: boolean) => void;
  readonly hint?: ComponentChildren;
}

export function CheckField({ label, value, onValue, hint }: CheckFieldProps) {
  const id = useId();
  return (
    <div class="check-field">
      <label class="check">
        <input
          type="checkbox"
          checked={value}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          onChange={(event) => onValue(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly legend: string;
  readonly hideLegend?: boolean;
  readonly value: T;
  readonly onValue: (value: T) => void;
  readonly options: ReadonlyArray<readonly [value: T, label: string]>;
}

/** A few alternatives side by side. */
export function Choice<T extends string>({ legend, hideLegend, value, onValue, options }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class={hideLegend ? 'visually-hidden' : undefined}>{legend}</legend>
      <div class="choice-options">
        {options.map(([option, label]) => (
          <label key={option}>
            <input type="radio" name={name} checked={option === value} onChange={() => onValue(option)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A form that leaves checking to us: the browser's own messages would cover ours. */
export function Form({
  onSubmit,
  children,
  ...rest
}: Omit<JSX.IntrinsicElements['form'], 'onSubmit'> & { onSubmit: () => void }) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
      {...rest}
    >
      {children}
    </form>
  );
}
