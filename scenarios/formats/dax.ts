// Workflows of Pegasus: abstract DAGs in XML, of version 2.1, whose jobs have run times. Files that are published count their jobs wrong, list
// children before their parents, and have files that several jobs write; edges are what `child` and `parent` say, and nothing else.
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { ErrorPlace } from '../../written/input-error.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { parseDecimal } from './decimal.ts';
import type { Reading } from './format.ts';
import { readLines } from './input-file.ts';
import { problem, WorkflowParts } from './workflow-parts.ts';

export async function readDax(reading: Pick<Reading, 'file' | 'onOdd'>): Promise<Workflow> {
  const { file } = reading;
  const parts = new WorkflowParts(reading);
  const parser = new SaxesParser();
  let name: string | undefined;
  let job = '';
  let child = '';
  parser.on('error', (error) => {
    const what = `not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '')}`;
    throw problem(what, { file, line: parser.line, column: parser.column });
  });
  parser.on('opentag', (tag) => {
    const place = { file, line: parser.line };
    const { attributes } = tag;
    if (name === undefined && tag.name !== 'adag')
      throw problem(`the document is a <${tag.name}>; expected an <adag>`, place);
    switch (tag.name) {
      case 'adag':
        name = attributes['name'] ?? '';
        break;
      case 'job':
        job = required(tag, 'id', place);
        parts.task(job, attributes['name'] ?? job, runtimeOf(tag, place), place);
        break;
      case 'uses':
        noteFile(parts, job, tag, place);
        break;
      case 'child':
        child = required(tag, 'ref', place);
        break;
      case 'parent':
        parts.edge(required(tag, 'ref', place), child, place);
        break;
    }
  });
  for await (const line of readLines(file)) parser.write(`${line}\n`);
  parser.close();
  return parts.workflow(name ?? '');
}

function noteFile(parts: WorkflowParts, job: string, tag: SaxesTagPlain, place: ErrorPlace): void {
  const { attributes } = tag;
  const file = attributes['file'] ?? attributes['name'];
  if (job === '' || file === undefined) return;
  const size = attributes['size'];
  const bytes = size === undefined ? 0 : numberOf('size', size, place);
  const { link = '' } = attributes;
  if (link === 'output' || link === 'inout') parts.makes(job, file, bytes);
  if (link === 'input' || link === 'inout') parts.takes(job, file);
}

function runtimeOf(tag: SaxesTagPlain, place: ErrorPlace): number {
  const text = tag.attributes['runtime'];
  if (text !== undefined) return numberOf('runtime', text, place);
  throw problem('is missing; expected seconds, as version 2.1 of the format has them', {
    ...place,
    path: 'runtime',
  });
}

function required({ attributes, name }: SaxesTagPlain, attribute: string, place: ErrorPlace): string {
  const text = attributes[attribute];
  if (text !== undefined && text !== '') return text;
  throw problem(`is missing; expected the id of a job`, { ...place, path: `<${name}> ${attribute}` });
}

function numberOf(path: string, text: string, place: ErrorPlace): number {
  const value = parseDecimal(text.trim());
  if (value !== undefined) return value;
  throw problem(`"${text}" is not a number`, { ...place, path });
}
