/** Headings follow the place of what they head, not its look. */
export type HeadingTag = 'h2' | 'h4';
