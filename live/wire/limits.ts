// How much the API takes, where the portal says so before: its fields take no more.

/** Characters of the name of a reservation. */
export const LABEL_NAME_MAX = 100;
/** And of a note about it. */
export const LABEL_NOTE_MAX = 2_000;
/** Times of a series: each of them is a request, and is held until all are answered. */
export const SERIES_TIMES_MAX = 366;
