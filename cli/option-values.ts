// What no command expects of its options: one that takes one value and is given twice, of which yargs makes a list, and one that is given without a
// value, of which it makes an empty text.
import { InputError } from '../written/input-error.ts';

/**
 * A check for yargs, of every command.
 * @param options as yargs hands them to a check: `array` lists those that take several values
 * @throws InputError (PEX_USAGE)
 */
export function checkOptionValues(
  given: Readonly<Record<string, unknown>>,
  options: { readonly array?: readonly string[] },
): true {
  const takesSeveral = new Set(options.array);
  for (const [written, value] of Object.entries(given)) {
    // yargs has an option of two words twice: as it is typed, and as one word.
    const name = written.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    // "_" and "--" hold what stands outside of options.
    if (name === '_' || name === '--') continue;
    const place = { file: name.length === 1 ? `-${name}` : `--${name}` };
    if (value === '') throw new InputError('PEX_USAGE', 'is given without a value', place);
    if (!Array.isArray(value) || takesSeveral.has(name)) continue;
    const values = value.map((each) => JSON.stringify(each)).join(', ');
    throw new InputError('PEX_USAGE', `is given more than once (${values}); expected one value`, place);
  }
  return true;
}
