// The terms of a request: the form of a new reservation and of a counter-proposal, with availability and price as they are now.
import { useRef, useState } from 'preact/hooks';
import type { ProposalBody } from '../../../wire/negotiation.ts';
import { ApiProblem } from '../api/http.ts';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import {
  BY_DEADLINE,
  IN_QUEUE,
  type RequestFields,
  readRequest,
  UNIT_MS,
  WITHIN_LIMITS,
} from '../negotiation/request-fields.ts';
import { fromLocalField, MINUTE_MS, toLocalField } from '../text/time.ts';
import { rejectionText } from '../text/words.ts';
import { AvailabilityPanel } from './availability-panel.tsx';
import { Choice, Form, SelectField, TextField } from './field.tsx';
import type { HeadingTag } from './heading-tag.ts';
import { QuotePanel } from './quote-panel.tsx';
import { TypeCards } from './type-cards.tsx';

interface RequestFormProps {
  readonly initial: RequestFields;
  readonly submitLabel: string;
  /** Of the headings within the form: one below where it stands. */
  readonly heading: HeadingTag;
  /** Rejects with an ApiProblem, which the form shows. */
  readonly onSubmit: (proposal: ProposalBody) => Promise<void>;
}

const LENGTH_UNITS = [
  ['min', 'minutes'],
  ['h', 'hours'],
  ['d', 'days'],
] as const;

export function RequestForm({ initial, submitLabel, heading: Heading, onSubmit }: RequestFormProps) {
  const { kinds, service, types, templates } = usePortal();
  const now = useNow();
  const [fields, setFields] = useState(initial);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const form = useRef<HTMLDivElement>(null);

  const reading = readRequest(fields, now);
  const errors = tried ? reading.errors : {};
  const change = (changes: Partial<RequestFields>) => {
    setFields((before) => ({ ...before, ...changes }));
    setFailure(null);
  };
  const offered = (kind: string, choice: RequestFields['startKind'], label: string) =>
    kinds.some(({ name }) => name === kind) ? [[choice, label] as const] : [];
  const set = (name: keyof RequestFields) => (value: string) => change({ [name]: value });

  const unitName =
    fields.lengthKind === 'for' ? LENGTH_UNITS.find(([unit]) => unit === fields.lengthUnit)![1] : 'hours';

  const submit = async () => {
    setTried(true);
    setFailure(null);
    if (reading.proposal === null) {
      // After the errors are drawn.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    if (busy) return;
    setBusy(true);
    try {
      await onSubmit(reading.proposal);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      setFailure(error.reason === null ? error.message : rejectionText(error.reason));
      setBusy(false);
    }
  };

  return (
    <Form onSubmit={submit} class="request-form">
      <div ref={form} class="request-terms">
        <TypeCards heading={Heading} types={types} value={fields.type} onValue={set('type')} />

        <section aria-labelledby="when-title">
          <Heading id="when-title">When</Heading>
          <Choice
            legend="Start"
            value={fields.startKind}
            onValue={(startKind) =>
              change({
                startKind,
                ...(startKind === 'at' &&
                  fields.start === '' && {
                    start: toLocalField(now + 30 * MINUTE_MS - ((now + 30 * MINUTE_MS) % (5 * MINUTE_MS))),
                  }),
              })
            }
            options={[
              ['soon', 'As soon as possible'],
              ['now', 'Now or not at all'],
              ...offered(IN_QUEUE, 'queue', 'In the queue'),
              ['at', 'At a chosen time'],
              ...offered(BY_DEADLINE, 'by', 'Done by a deadline'),
              ...offered(WITHIN_LIMITS, 'within', 'Within limits'),
            ]}
          />
          {(fields.startKind === 'by' || fields.startKind === 'within') && (
            <TextField
              label="Not before"
              type="datetime-local"
              value={fields.start}
              onValue={set('start')}
              hint="Empty: now."
              error={errors.start}
            />
          )}
          {fields.startKind === 'by' && (
            <TextField
              label="Done by"
              type="datetime-local"
              value={fields.deadline}
              onValue={set('deadline')}
              hint="You get the first start from which it ends in time."
              error={errors.deadline}
            />
          )}
          {fields.startKind === 'within' && (
            <TextField
              label="Latest start"
              type="datetime-local"
              value={fields.latest}
              onValue={set('latest')}
              hint="Empty: any start will do."
              error={errors.latest}
            />
          )}
          {fields.startKind === 'at' && (
            <TextField
              label="Start day and time"
              type="datetime-local"
              value={fields.start}
              onValue={set('start')}
              error={errors.start}
            />
          )}
          <Choice
            legend="Length"
            value={fields.lengthKind}
            onValue={(lengthKind) =>
              change({
                lengthKind,
                ...(lengthKind === 'until' &&
                  fields.end === '' && { end: toLocalField(reading.window?.toMs ?? now + UNIT_MS.h) }),
              })
            }
            options={[
              ['for', 'For a duration'],
              ['until', 'Until an end'],
            ]}
          />
          {fields.lengthKind === 'for' ? (
            <div class="field-row">
              <TextField
                label="Duration"
                type="number"
                min={0}
                inputMode="decimal"
                value={fields.length}
                onValue={set('length')}
                error={errors.length}
              />
              <SelectField
                label="Unit"
                value={fields.lengthUnit}
                onValue={set('lengthUnit')}
                options={LENGTH_UNITS}
              />
            </div>
          ) : (
            <TextField
              label="End day and time"
              type="datetime-local"
              value={fields.end}
              onValue={set('end')}
              error={errors.end}
            />
          )}
        </section>

        {fields.startKind === 'within' && (
          <section aria-labelledby="less-title">
            <Heading id="less-title">What you take as well</Heading>
            <div class="field-row">
              <TextField
                label={`Shortest length, in ${unitName}`}
                type="number"
                min={0}
                inputMode="decimal"
                value={fields.minLength}
                onValue={set('minLength')}
                hint="Empty: all of it."
                error={errors.minLength}
              />
              <TextField
                label="Fewest instances"
                type="number"
                min={1}
                inputMode="numeric"
                value={fields.minFixed}
                onValue={set('minFixed')}
                hint="Empty: all of them."
                error={errors.minFixed}
              />
            </div>
          </section>
        )}

        <section aria-labelledby="what-title">
          <Heading id="what-title">What</Heading>
          <div class="field-row">
            <TextField
              label="Instances"
              type="number"
              min={1}
              inputMode="numeric"
              value={fields.fixed}
              onValue={set('fixed')}
              hint="Guaranteed to you."
              error={errors.fixed}
            />
            <TextField
              label="Optional instances"
              type="number"
              min={0}
              inputMode="numeric"
              value={fields.optional}
              onValue={set('optional')}
              hint="You may claim them later, if there is room."
              error={errors.optional}
            />
          </div>
          <SelectField
            label="Template"
            value={fields.template}
            onValue={set('template')}
            options={templates.map(({ name }) => [name, name])}
            hint={templates.find(({ name }) => name === fields.template)?.description}
          />
        </section>

        <details
          class="more-terms"
          open={fields.maxPrice !== '' || fields.earliest !== '' || fields.waitUntil !== ''}
        >
          <summary>Price limit, flexibility and waitlist</summary>
          <TextField
            label="Most you pay, in credits"
            inputMode="decimal"
            value={fields.maxPrice}
            onValue={set('maxPrice')}
            hint="For the whole reservation. Empty: any price."
            error={errors.maxPrice}
          />
          {fields.startKind === 'at' && (
            <TextField
              label="Earliest start that suits you, too"
              type="datetime-local"
              max={fields.start}
              value={fields.earliest}
              onValue={set('earliest')}
              hint="With it, OpenPEX may offer a start before the one you asked for."
              error={errors.earliest}
            />
          )}
          {service.settings.waitlistMax > 0 && fields.startKind !== 'now' && fields.startKind !== 'queue' && (
            <TextField
              label="If there is no room, wait for some until"
              type="datetime-local"
              value={fields.waitUntil}
              onValue={set('waitUntil')}
              hint="At most until it can start no more. Empty: do not wait."
              error={errors.waitUntil}
            />
          )}
        </details>
      </div>

      <div class="request-outlook">
        <AvailabilityPanel
          heading={Heading}
          type={fields.type}
          needed={reading.needed}
          window={reading.window}
          isSoon={fields.startKind !== 'at'}
          onWindow={({ fromMs, toMs }) =>
            change({
              startKind: 'at',
              start: toLocalField(fromMs),
              earliest: '',
              lengthKind: 'until',
              end: toLocalField(toMs),
            })
          }
          onStart={(ms) => {
            const start = toLocalField(ms);
            const endMs = fromLocalField(fields.end);
            const isEndTooEarly = fields.lengthKind === 'until' && endMs !== null && endMs <= ms;
            change({
              startKind: 'at',
              start,
              earliest: '',
              ...(isEndTooEarly && { end: toLocalField(ms + UNIT_MS.h) }),
            });
          }}
        />
        <QuotePanel heading={Heading} proposal={reading.proposal} />
        <div role="alert">{failure !== null && <p class="notice bad">{failure}</p>}</div>
        <button type="submit" class="primary wide" disabled={busy}>
          {busy ? 'Asking …' : submitLabel}
        </button>
        <p class="hint">Asking is free and binds you to nothing: you confirm afterwards.</p>
      </div>
    </Form>
  );
}
