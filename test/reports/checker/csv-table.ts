// A CSV table as a reader's own tool would read it: RFC 4180, one record of texts for each row.

export function csvTable(text: string): Readonly<Record<string, string>>[] {
  const [header, ...rows] = [...records(text)];
  return rows.map((cells) => Object.fromEntries(header!.map((name, i) => [name, cells[i]!])));
}

function* records(text: string): Generator<string[]> {
  let cells: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/g)) {
    cells.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    yield cells;
    cells = [];
  }
}
