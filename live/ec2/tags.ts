// Tags as they come with a request. Three keys mean something here: clients that cannot say when something is to start or end say it so.
import { parseDuration } from '../../written/time-text.ts';
import { Ec2Error, invalidValue } from './errors.ts';
import { type Parameters, readInstant } from './parameters.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

const MOST = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

/** A tag without a value has an empty one. @throws Ec2Error InvalidParameterValue */
export function readTags(records: readonly Parameters[]): Tag[] {
  const tags = records.map((record) => ({ key: record.required('Key'), value: record.text('Value') ?? '' }));
  checkTagCount(tags.length);
  for (const [i, { key, value }] of tags.entries()) {
    if (key.length > LONGEST_KEY) throw invalidValue('Tag.Key', key, `at most ${LONGEST_KEY} characters`);
    if (value.length > LONGEST_VALUE)
      throw invalidValue('Tag.Value', value, `at most ${LONGEST_VALUE} characters`);
    if (tags.findIndex((tag) => tag.key === key) !== i)
      throw new Ec2Error('InvalidParameterValue', `Duplicate tag key '${key}' specified.`);
  }
  return tags;
}

/** @throws Ec2Error TagLimitExceeded for more than one thing can have */
export function checkTagCount(count: number): void {
  if (count > MOST) throw new Ec2Error('TagLimitExceeded', `More than ${MOST} tags.`);
}

/** With which something is made. Those for other kinds of resources, such as volumes, are for what there is not here. */
export function tagsFor(resourceType: string, parameters: Parameters): Tag[] {
  return ['TagSpecification', 'TagSpecifications'].flatMap((name) =>
    parameters.records(name).flatMap((specification) => {
      const tags = readTags(specification.records('Tag'));
      return (specification.text('ResourceType') ?? resourceType) === resourceType ? tags : [];
    }),
  );
}

/** When something is to be, as its tags say. */
export interface TaggedTimes {
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly durationMs: number | undefined;
}

/** @throws Ec2Error InvalidParameterValue */
export function timesOf(tags: readonly Tag[]): TaggedTimes {
  const taggedWith = (key: string) => tags.find((tag) => tag.key === key)?.value;
  const instantOf = (key: string) => {
    const value = taggedWith(key);
    return value === undefined ? undefined : readInstant(value, key);
  };
  const duration = taggedWith('openpex:duration');
  return {
    startMs: instantOf('openpex:start'),
    endMs: instantOf('openpex:end'),
    durationMs: duration === undefined ? undefined : readDuration(duration),
  };
}

function readDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw invalidValue('openpex:duration', text, 'a length of time like 90m, 12h or 7d');
}

export function imageTagOf(tags: readonly Tag[]): string | undefined {
  return tags.find(({ key }) => key === 'openpex:image')?.value;
}
