#!/usr/bin/env bash
# csv-parse, a file whose lines end in two ways loses rows without an error.
# One would expect CRLF and LF to be the same thing in every line, or an error. The delimiter is taken from the first line end that is seen:
# - a header that ends in CRLF before rows that end in LF (rows of a tool appended below a spreadsheet's header): all rows become one record.
#   With relax_column_count three VMs become one, `start` holding the rest of the row, a line end and the next id. With a single column (a list
#   of ids) there is not even an option to relax: no error by default;
# - the other way round, each last value keeps a carriage return, silently;
# - `info.lines` counts a CRLF inside quotes twice, so the line that a message names is too high from there on.
# It matters to whoever joins workload traces of several sources with cat. Give `record_delimiter` as a list.
# Version: csv-parse 7.0.3, Node 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts csv-parse@7.0.3

seen=$(node --input-type=module - <<'JS'
import { parse } from 'csv-parse/sync';

const show = (label, text, options) => console.log(`${label}: ${JSON.stringify(parse(text, options))}`);
const joined = 'id,start\r\nvm1,10\nvm2,20\nvm3,30\n';
show('CRLF, then LF, relaxed', joined, { columns: true, relax_column_count: true });
show('the same, one column', 'id\r\nvm1\nvm2\n', { columns: true });
show('LF, then CRLF', 'id,start\nvm1,10\r\nvm2,20\r\n', { columns: true });
show('delimiters named', joined, { columns: true, record_delimiter: ['\r\n', '\n'] });
const lines = (lineEnd) =>
  parse(`id,note${lineEnd}vm1,"a${lineEnd}b"${lineEnd}vm2,c${lineEnd}`, { info: true }).at(-1).info.lines;
console.log(`lines of a file of four: ${lines('\n')} with LF, ${lines('\r\n')} with CRLF`);
JS
)
expected='CRLF, then LF, relaxed: [{"id":"vm1","start":"10\nvm2"}]
the same, one column: [{"id":"vm1\nvm2\n"}]
LF, then CRLF: [{"id":"vm1","start":"10\r"},{"id":"vm2","start":"20\r"}]
delimiters named: [{"id":"vm1","start":"10"},{"id":"vm2","start":"20"},{"id":"vm3","start":"30"}]
lines of a file of four: 4 with LF, 5 with CRLF'
[ "$seen" = "$expected" ] || { printf 'CHANGED: expected\n%s\nsaw\n%s\n' "$expected" "$seen" >&2; exit 1; }
printf '%s\n' "$seen"
echo 'seen: csv-parse 7.0.3 makes one record of three rows, without an error, where the header ends in CRLF and the rows in LF'
