// What the answers of all routes have in common, for their schemas.
import { Type } from 'typebox';
import { Problem, ref } from './schemas.ts';

const problem = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: ref(Problem) } },
};

/** To be spread into the `response` of every route. */
export const problems = { '4xx': problem, '5xx': problem };

/** 204. */
export const Nothing = Type.Null({ description: 'Done' });
