// What no command expects of its options: one that takes one value and is given twice, of which yargs makes a list, one that is given without a
// value, of which it makes an empty text, and one that takes a number and is given something else, of which it makes NaN.
import { InputError } from '../written/input-error.ts';

/**
 * A check for yargs, of every command.
 * @param words the command line, to say what was typed
 * @param options as yargs hands them to a check: `array` lists those that take several values
 * @throws InputError (PEX_USAGE)
 */
export function checkOptionValues(
  words: readonly string[],
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
    if (Number.isNaN(value)) {
      const typed = typedFor(place.file, words);
      const found = typed === undefined ? '' : `, found ${JSON.stringify(typed)}`;
      throw new InputError('PEX_USAGE', `expected a number${found}`, place);
    }
    if (!Array.isArray(value) || takesSeveral.has(name)) continue;
    const values = value.map((each) => JSON.stringify(each)).join(', ');
    throw new InputError('PEX_USAGE', `is given more than once (${values}); expected one value`, place);
  }
  return true;
}

/** @param option `--add` */
function typedFor(option: string, words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word === option) return words[index + 1];
    if (word.startsWith(`${option}=`)) return word.slice(option.length + 1);
  }
  return undefined;
}
