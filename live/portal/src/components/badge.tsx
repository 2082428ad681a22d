// The state of something in a word, with a colour that repeats it.
import type { Word } from '../text/words.ts';

export function Badge({ label, tone }: Word) {
  return <span class={`badge ${tone}`}>{label}</span>;
}
