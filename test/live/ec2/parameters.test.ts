// How parameters are read: flat lists, records, and what is refused rather than guessed.
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { Parameters } from '../../../live/ec2/parameters.ts';
import { element, ITEMS, XMLNS } from '../../../live/ec2/xml.ts';

const of = (text: string) => Parameters.of([...new URLSearchParams(text)]);

test('lists begin anywhere, are in the order of their numbers, and may have no number at all', () => {
  expect(of('A.10=x&A.2=y&A.1=z').list('A')).toEqual(['z', 'y', 'x']);
  expect(of('ResourceId.0=i-1').list('ResourceId')).toEqual(['i-1']);
  expect(of('KeyName=k1').list('KeyName')).toEqual(['k1']);
  expect(of('').list('A')).toEqual([]);
});

test('records are read by their numbers, one in the other', () => {
  const [filter, other] = of('Filter.1.Name=a&Filter.1.Value.1=x&Filter.1.Value.2=y&Filter.3.Name=b').records(
    'Filter',
  );
  expect([filter?.text('Name'), filter?.list('Value'), other?.text('Name'), other?.list('Value')]).toEqual([
    'a',
    ['x', 'y'],
    'b',
    [],
  ]);
});

test('a name that comes twice is refused', () => {
  expect(() => of('InstanceCount=64&InstanceCount=1')).toThrow(
    'The parameter InstanceCount is there more than once.',
  );
});

test('what nobody has read is not known', () => {
  const parameters = of('Action=X&Version=1&Filter.1.Nmae=a&Monitoring.Enabled=true');
  parameters.records('Filter').map((filter) => filter.text('Name'));
  parameters.overlook('Monitoring');
  expect(() => parameters.checkAllRead()).toThrow('The parameter Filter.1.Nmae is not recognized here.');
});

test.each([
  ['MaxResults=1e3', (p: Parameters) => p.whole('MaxResults'), 'MaxResults'],
  ['MaxResults=-1', (p: Parameters) => p.whole('MaxResults'), 'MaxResults'],
  ['DryRun=1', (p: Parameters) => p.flag('DryRun'), 'DryRun'],
  ['StartDate=tomorrow', (p: Parameters) => p.instant('StartDate'), 'StartDate'],
  ['StartDate=2030-02-31T25:00:00Z', (p: Parameters) => p.instant('StartDate'), 'StartDate'],
  ['StartDate=2030-01-01T00:00:00', (p: Parameters) => p.instant('StartDate'), 'StartDate'],
])('%s is refused', (text, read, name) => {
  expect(() => read(of(text))).toThrow(`for parameter ${name} is invalid`);
});

test('dates of all clients are read', () => {
  const ms = Date.UTC(2030, 0, 1);
  for (const text of ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000000Z', '2029-12-31T23:00:00-01:00'])
    expect(of(`D=${encodeURIComponent(text)}`).instant('D')).toBe(ms);
});

test('whatever a user calls something, the answer is XML that says it back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parser = new SaxesParser();
      let read = '';
      parser.on('text', (part) => {
        read += part;
      });
      parser.on('error', (error) => {
        throw error;
      });
      parser.write(element('tag', { key: text })).close();
      const speakable = [...text].filter((sign) =>
        /[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(sign),
      );
      expect(read).toBe(speakable.join(''));
    }),
  );
});

test('lists become items, dates ISO 8601, and nothing is left out as empty', () => {
  const value = {
    [XMLNS]: 'urn:a',
    a: [1, 2],
    b: undefined,
    c: null,
    d: new Date(0),
    e: [],
    f: true,
    [ITEMS]: ['x'],
  };
  expect(element('r', value)).toBe(
    '<r xmlns="urn:a"><a><item>1</item><item>2</item></a><d>1970-01-01T00:00:00.000Z</d><e/><f>true</f><item>x</item></r>',
  );
});
