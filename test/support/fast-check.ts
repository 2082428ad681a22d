// Property tests draw the same cases every time, so that a red build stays red. OPENPEX_TEST_SEED=random draws others.
import fc from 'fast-check';

const seed = process.env['OPENPEX_TEST_SEED'] ?? '20090817';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
