// The terms of a request: the form of a new reservation and of a counter-proposal, with availability and price as they are now.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import type { ProposalBody } from '../../../wire/negotiation.ts';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import {
  BY_DEADLINE,
  IN_QUEUE,
  type RequestFields,
  readRequest,
  repeats,
  type SeriesReading,
  UNIT_MS,
  WITHIN_LIMITS,
} from '../negotiation/request-fields.ts';
import { clockShiftWords } from '../text/start-words.ts';
import {
  formatWindow,
  fromLocalField,
  MINUTE_MS,
  ownZone,
  toLocalField,
  toLocalFieldExactly,
} from '../text/time.ts';
import { rejectionText } from '../text/words.ts';
import { AvailabilityPanel } from './availability-panel.tsx';
import { CheckField, Choice, Form, SelectField, TextField } from './field.tsx';
import type { HeadingTag } from './heading-tag.ts';
import { OtherStarts } from './other-starts.tsx';
import { QuotePanel } from './quote-panel.tsx';
import { RepeatFields } from './repeat-fields.tsx';
import { SeriesQuotePanel } from './series-quote-panel.tsx';
import { StartField } from './start-field.tsx';
import { TypeCards } from './type-cards.tsx';

interface RequestFormProps {
  readonly initial: RequestFields;
  readonly submitLabel: string;
  /** Of the headings within the form: one below where it stands. */
  readonly heading: HeadingTag;
  /** The negotiation whose next message it is: what is held for that counts as free. Absent: a new one. */
  readonly reservationId?: string;
  /** For whom it is asked, of one's projects. Absent: for oneself, or as the negotiation was begun. */
  readonly project?: string;
  /** It may ask for the same at several times. Absent: for one. */
  readonly mayRepeat?: boolean;
  /** Is told of every change of the fields. */
  readonly onFields?: (fields: RequestFields) => void;
  /** More to choose beside the terms. */
  readonly children?: ComponentChildren;
  /**
   * Rejects with an OpenPexProblem, which the form shows.
   * @param series when the proposal is asked for again; null: once
   */
  readonly onSubmit: (proposal: ProposalBody, series: SeriesReading | null) => Promise<void>;
}

type TextName = Exclude<
  keyof RequestFields,
  'startsItself' | 'startKind' | 'lengthKind' | 'lengthUnit' | 'repeatEnd'
>;
type FieldDetails = Partial<Omit<Parameters<typeof TextField>[0], 'label' | 'value' | 'onValue' | 'error'>>;

const LENGTH_UNITS = [
  ['min', 'minutes'],
  ['h', 'hours'],
  ['d', 'days'],
] as const;

export function RequestForm({
  initial,
  submitLabel,
  heading: Heading,
  children,
  mayRepeat = false,
  project = '',
  onFields,
  onSubmit,
  reservationId,
}: RequestFormProps) {
  const { kinds, service, types, templates } = usePortal();
  const now = useNow();
  const [fields, setFields] = useState(initial);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const form = useRef<HTMLDivElement>(null);

  const reading = readRequest(fields, now);
  const errors = tried ? reading.errors : {};
  useEffect(() => onFields?.(fields), [fields, onFields]);
  const change = (changes: Partial<RequestFields>) => {
    setFields((before) => ({ ...before, ...changes }));
    setFailure(null);
  };
  const offered = (kind: string, choice: RequestFields['startKind'], label: string) =>
    kinds.some(({ name }) => name === kind) ? [[choice, label] as const] : [];
  const set = (name: TextName) => (value: string) => change({ [name]: value });

  const text = (name: TextName, label: string, more: FieldDetails = {}) => (
    <TextField label={label} value={fields[name]} onValue={set(name)} error={errors[name]} {...more} />
  );
  const date = (name: TextName, label: string, more: FieldDetails = {}) =>
    text(name, label, { type: 'datetime-local', ...more });
  const count = (name: TextName, label: string, more: FieldDetails) =>
    text(name, label, { type: 'number', inputMode: 'numeric', ...more });
  const length = (name: TextName, label: string, more: FieldDetails = {}) =>
    text(name, label, { type: 'number', inputMode: 'decimal', min: 0, ...more });

  const unitName =
    fields.lengthKind === 'for' ? LENGTH_UNITS.find(([unit]) => unit === fields.lengthUnit)![1] : 'hours';

  const startAt = (ms: number) => {
    const endMs = fromLocalField(fields.end);
    const isEndTooEarly = fields.lengthKind === 'until' && endMs !== null && endMs <= ms;
    change({
      startKind: 'at',
      start: toLocalFieldExactly(ms),
      earliest: '',
      ...(isEndTooEarly && { end: toLocalField(ms + UNIT_MS.h) }),
    });
  };

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
      await onSubmit(reading.proposal, reading.series);
    } catch (error) {
      if (!(error instanceof OpenPexProblem)) throw error;
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
          {(fields.startKind === 'by' || fields.startKind === 'within') &&
            date('start', 'Not before', { hint: 'Empty: now.' })}
          {fields.startKind === 'by' &&
            date('deadline', 'Done by', { hint: 'You get the first start from which it ends in time.' })}
          {fields.startKind === 'within' &&
            date('latest', 'Latest start', { hint: 'Empty: any start will do.' })}
          {fields.startKind === 'at' && !repeats(fields) && (
            <StartField value={fields.start} onValue={set('start')} error={errors.start} />
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
              {length('length', 'Duration')}
              <SelectField
                label="Unit"
                value={fields.lengthUnit}
                onValue={(lengthUnit) => change({ lengthUnit: lengthUnit as RequestFields['lengthUnit'] })}
                options={LENGTH_UNITS}
              />
            </div>
          ) : (
            date('end', 'End day and time')
          )}
          {fields.startKind === 'at' && reading.window !== null && <WindowWords {...reading.window} />}
          {fields.startKind === 'at' && !repeats(fields) && (
            <OtherStarts
              fields={fields}
              onValue={set('otherStarts')}
              complainAtMs={tried ? now : undefined}
            />
          )}
          {mayRepeat && fields.startKind === 'at' && (
            <RepeatFields fields={fields} reading={reading} errors={errors} onChange={change} />
          )}
          {!service.settings.autoActivate && fields.startKind !== 'queue' && (
            <CheckField
              label="Start by itself"
              value={fields.startsItself}
              onValue={(startsItself) => change({ startsItself })}
              hint={
                fields.startsItself
                  ? 'Your instances start at the start, whether or not you are there.'
                  : 'Nothing starts until you activate it; who comes too late loses it.'
              }
            />
          )}
        </section>

        {fields.startKind === 'within' && (
          <section aria-labelledby="less-title">
            <Heading id="less-title">What you take as well</Heading>
            <div class="field-row">
              {length('minLength', `Shortest length, in ${unitName}`, { hint: 'Empty: all of it.' })}
              {count('minFixed', 'Fewest instances', { min: 1, hint: 'Empty: all of them.' })}
            </div>
          </section>
        )}

        <section aria-labelledby="what-title">
          <Heading id="what-title">What</Heading>
          <div class="field-row">
            {count('fixed', 'Instances', { min: 1, hint: 'Guaranteed to you.' })}
            {count('optional', 'Optional instances', {
              min: 0,
              hint: 'You may claim them later, if there is room.',
            })}
          </div>
          <SelectField
            label="Template"
            value={fields.template}
            onValue={set('template')}
            options={templates.map(({ name }) => [name, name])}
            hint={templates.find(({ name }) => name === fields.template)?.description}
          />
          {children}
        </section>

        <details
          class="more-terms"
          open={
            fields.maxPrice !== '' ||
            fields.earliest !== '' ||
            fields.waitUntil !== '' ||
            fields.requirements !== '' ||
            fields.rank !== '' ||
            fields.sites !== ''
          }
        >
          <summary>Price limit, flexibility and waitlist</summary>
          {text('maxPrice', 'Most you pay, in credits', {
            inputMode: 'decimal',
            hint: `For ${repeats(fields) ? 'each time of the series' : 'the whole reservation'}. Empty: any price.`,
          })}
          {fields.startKind === 'at' &&
            !repeats(fields) &&
            date('earliest', 'Earliest start that suits you, too', {
              max: fields.start,
              hint: 'With it, OpenPEX may offer a start before the one you asked for.',
            })}
          {service.settings.waitlistMax > 0 &&
            !repeats(fields) &&
            fields.startKind !== 'now' &&
            fields.startKind !== 'queue' &&
            date('waitUntil', 'If there is no room, wait for some until', {
              hint: 'At most until it can start no more. Empty: do not wait.',
            })}
          {service.readsPreferences &&
            text('requirements', 'Nodes that you would have', {
              hint: 'Taken before all others: FREE_CPU > 100 & CLUSTER = "blue*". Empty: any.',
            })}
          {service.readsPreferences &&
            text('rank', 'Ranked by', {
              hint: 'The highest first: -RUNNING_VMS. Empty: as the service ranks them.',
            })}
          {service.sites.length > 0 &&
            text('sites', 'Sites of which one has all instances', {
              hint: `The most wanted first: ${service.sites.join(', ')}. Empty: any nodes.`,
            })}
        </details>
      </div>

      <div class="request-outlook">
        <AvailabilityPanel
          heading={Heading}
          type={fields.type}
          needed={reading.needed}
          window={reading.window}
          reservationId={reservationId}
          project={project}
          onWindow={({ fromMs, toMs }) =>
            change({
              startKind: 'at',
              start: toLocalField(fromMs),
              earliest: '',
              lengthKind: 'until',
              end: toLocalField(toMs),
            })
          }
          onStart={startAt}
        />
        {repeats(fields) ? (
          <SeriesQuotePanel
            heading={Heading}
            proposal={reading.proposal}
            series={reading.series}
            project={project}
          />
        ) : (
          <QuotePanel
            heading={Heading}
            proposal={reading.proposal}
            reservationId={reservationId}
            project={project}
            onStart={startAt}
          />
        )}
        <div role="alert">{failure !== null && <p class="notice bad">{failure}</p>}</div>
        <button type="submit" class="primary wide" disabled={busy}>
          {busy
            ? 'Asking …'
            : reading.series === null
              ? submitLabel
              : `${submitLabel} for ${reading.series.startsMs.length} times`}
        </button>
        <p class="hint">{askingText(service.settings.pledge)}</p>
      </div>
    </Form>
  );
}

function askingText(pledge: { readonly share: number; readonly keptOf: string } | undefined): string {
  if (pledge === undefined || pledge.share === 0)
    return 'Asking is free and binds you to nothing: you confirm afterwards.';
  const lost =
    pledge.keptOf === 'expired' ? 'is lost if you do not answer in time' : 'is lost if you do not book it';
  return `Asking binds you to nothing: you confirm afterwards. ${Math.round(pledge.share * 100)} % of the price is paid while an offer is held for you; it counts when you book, and ${lost}.`;
}

/** Of a start that is chosen; others are told when they are found. */
function WindowWords({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) {
  const shift = clockShiftWords(fromMs, toMs, ownZone());
  return (
    <p class="window-words">
      {formatWindow(fromMs, toMs)}
      {shift !== undefined && <span class="hint">{shift}</span>}
    </p>
  );
}
