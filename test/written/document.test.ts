// What is laid over a document.
import { expect, test } from 'vitest';
import { WrittenDocument } from '../../written/document.ts';

test('one value may be laid over several documents, and what changes within one of them is not seen in the others', () => {
  const workload = { populations: { job: { perHour: 1 } } };
  const laid = (perHour?: number) => {
    const document = WrittenDocument.parse('name: day', 'day.yaml');
    document.set(['workload'], workload, 'set');
    if (perHour !== undefined) document.set(['workload', 'populations', 'job', 'perHour'], perHour, 'level');
    return document.get(['workload', 'populations', 'job', 'perHour']);
  };
  expect([laid(8), laid(), workload.populations.job.perHour]).toEqual([8, 1, 1]);
});
