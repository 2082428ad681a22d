// The style sheet inside report.html. Colours are the Okabe-Ito set, which people with any kind of colour vision can tell apart, a little
// darker on paper and lighter on a dark screen, so that each keeps a contrast of 3:1 with the page and text one of 4.5:1.

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1b2127; --muted: #586370; --line: #dfe3e8; --shade: #f3f5f7; --accent: #005f9e;
  --as-asked: #0072b2; --on-other-terms: #c67c00; --rejected: #c4441c; --other: #808b96;
  --reserved: #8a6bb8; --allocated: #0072b2; --busy: #00845f;
  --no-show: #b0588a; --failed: #c4441c; --cancelled: #6b7783; --lost: #c4441c; --drained: #808b96; --off: #6f93ad; --receiving: #8a7a00; --suspending: #3b2a6b;
  --c1: #0072b2; --c2: #c67c00; --c3: #00845f; --c4: #b0588a; --c5: #c4441c; --c6: #3f97cc; --c7: #6b7783; --c8: #8a7a00;
  --on-bar: #ffffff; --on-amber: #1a1200; --warning: #fff4dc; --warning-line: #c67c00; --edge: rgb(27 33 39 / 0.28);
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181c; --ink: #e6eaee; --muted: #a3adb8; --line: #2f373f; --shade: #1d2329; --accent: #6fbcf0;
    --as-asked: #4aa8e0; --on-other-terms: #eba533; --rejected: #f0764a; --other: #87929d;
    --reserved: #b39ddb; --allocated: #4aa8e0; --busy: #2fbd93;
    --no-show: #d98bb8; --failed: #f0764a; --cancelled: #98a3ae; --lost: #f0764a; --drained: #87929d; --off: #6d93b0; --receiving: #d9c94a; --suspending: #d9ccff;
    --c1: #4aa8e0; --c2: #eba533; --c3: #2fbd93; --c4: #d98bb8; --c5: #f0764a; --c6: #9cd3f5; --c7: #98a3ae; --c8: #d9c94a;
    --on-bar: #0d1013; --warning: #33290f; --warning-line: #eba533; --edge: rgb(0 0 0 / 0.75);
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
}
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; }
h1 { font-size: 34px; font-weight: 650; letter-spacing: -0.015em; margin: 0 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 22px; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 10px; }
h3 { font-size: 15px; font-weight: 650; margin: 28px 0 8px; }
p { margin: 0 0 12px; max-width: 72ch; }
section { margin-top: 44px; padding-top: 20px; border-top: 1px solid var(--line); }
a { color: var(--accent); }
code, .mono { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.kicker { font-size: 13px; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; color: var(--muted); margin: 0 0 8px; }
.muted, figcaption, .note { color: var(--muted); }
.note, figcaption { font-size: 14px; }
.lede { font-size: 19px; line-height: 1.5; margin: 22px 0 0; max-width: 66ch; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 14px 0 0; padding: 0; font-size: 14px; }
.facts div { display: flex; gap: 8px; min-width: 0; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; min-width: 0; }
.banner { margin: 22px 0 0; padding: 12px 16px; max-width: none; background: var(--warning); border-left: 4px solid var(--warning-line); }
nav { margin-top: 22px; font-size: 14px; display: flex; flex-wrap: wrap; gap: 4px 18px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 6px 10px; }

.tiles { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 1px; margin: 28px 0 0; background: var(--line); border: 1px solid var(--line); }
.tiles > div { background: var(--paper); padding: 16px 18px 14px; }
.tiles > div:last-child:nth-child(odd) { grid-column: span 2; }
.tiles dt { font-size: 14px; color: var(--muted); }
.tiles dd { margin: 2px 0 0; font-size: 14px; }
.tiles .big { display: block; font-size: 29px; line-height: 1.25; font-weight: 620; letter-spacing: -0.015em; }
.tiles dd span + span { display: block; color: var(--muted); }

figure { margin: 18px 0 0; min-width: 0; }
figcaption { margin-top: 6px; max-width: 72ch; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure .narrow { display: none; }
.save { display: flex; gap: 6px; margin-top: 6px; }
.save button { min-height: 24px; padding: 0 8px; font-size: 12px; color: var(--muted); border-color: var(--line); }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 44px; }
.table-wider { grid-template-columns: 430fr 598fr; }
.pair > div > h3:first-child { margin-top: 0; }
.thirds { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0 40px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 10px 0 4px; padding: 0; list-style: none; font-size: 14px; }
.legend li { display: flex; align-items: center; gap: 7px; }
.swatch { width: 12px; height: 12px; flex: none; border-radius: 2px; background: var(--swatch); }
.swatch.line { height: 3px; width: 18px; border-radius: 0; }
.swatch.hatched { background: repeating-linear-gradient(135deg, var(--swatch) 0 1.5px, transparent 1.5px 4px); outline: 1px solid var(--swatch); outline-offset: -1px; }
svg .tick { fill: var(--muted); font-size: 12px; }

/* A shadow at the edge beyond which there is more; it lies below the paper that scrolls with the table. */
.scroll {
  overflow-x: auto;
  background: linear-gradient(to right, var(--paper) 24px, transparent 48px) local, linear-gradient(to left, var(--paper) 24px, transparent 48px) local,
    linear-gradient(to right, var(--edge), transparent 12px), linear-gradient(to left, var(--edge), transparent 12px);
}
table { border-collapse: collapse; width: 100%; font-size: 14.5px; }
caption { text-align: left; font-weight: 650; font-size: 15px; padding: 0 0 6px; }
th, td { padding: 5px 14px 5px 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th, thead th.n { font-weight: 600; color: var(--muted); font-size: 13px; white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 400; }
td.n, th.n { text-align: right; white-space: nowrap; }
tr.sum th, tr.sum td { font-weight: 650; }
th.sub { padding-left: 18px; }
td.bar { width: 34%; min-width: 70px; vertical-align: middle; }
td.bar span { display: block; height: 11px; border-radius: 2px; background: var(--swatch, var(--other)); min-width: 1px; }
td.bar span[data-none] { visibility: hidden; }
.settings { columns: 2; column-gap: 44px; font-size: 13px; }
.settings table { font-size: 13px; margin-bottom: 18px; }
.settings caption { break-after: avoid; }
.settings th, .settings td { padding-top: 3px; padding-bottom: 3px; }
.settings td { overflow-wrap: anywhere; }
.settings th, .settings th code { overflow-wrap: break-word; }
.settings th { width: 55%; }
.spaced { margin-top: 26px; }
details { margin-top: 18px; }
summary { cursor: pointer; font-size: 14px; }
details table { margin-top: 12px; }
.command { display: block; padding: 12px 14px; background: var(--shade); border: 1px solid var(--line); border-radius: 4px; white-space: pre-wrap; }
.definitions { columns: 2; column-gap: 44px; font-size: 14.5px; margin: 0; }
.definitions div { break-inside: avoid; padding-bottom: 10px; }
.definitions dt { font-weight: 650; }
.definitions dd { margin: 0; color: var(--muted); }

.gantt-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; margin: 4px 0 8px; font-size: 14px; }
.gantt-bar .group { display: flex; align-items: center; gap: 4px; }
button, input, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--other); border-radius: 4px; min-height: 30px; }
button { min-width: 30px; padding: 0 9px; cursor: pointer; }
button:hover { background: var(--shade); }
input { padding: 0 8px; width: 15ch; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.gantt-view { position: relative; }
canvas { display: block; width: 100%; cursor: grab; touch-action: pan-y; }
.tip { position: absolute; z-index: 2; margin: 0; max-width: min(340px, 92%); padding: 10px 12px; display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; font-size: 13px; line-height: 1.4; background: var(--paper); border: 1px solid var(--other); border-radius: 4px; box-shadow: 0 3px 14px rgb(0 0 0 / 0.18); pointer-events: none; }
.tip[hidden] { display: none; }
.tip dt { color: var(--muted); }
.tip dd { margin: 0; overflow-wrap: anywhere; }
.overview { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: 8px; }
.overview-rows { display: flex; flex-direction: column; justify-content: space-between; font-size: 12px; line-height: 1; color: var(--muted); text-align: right; }
.overview-map { position: relative; border: 1px solid var(--line); background: var(--shade); }
@media screen and (prefers-color-scheme: dark) { .overview-map img, .ramp { filter: brightness(1.45); } }
.overview-map.live { cursor: crosshair; touch-action: pan-y; }
.overview-map img { display: block; width: 100%; height: 100%; image-rendering: pixelated; }
.overview-brush { position: absolute; border: 1.5px solid var(--ink); background: rgb(128 128 128 / 0.12); pointer-events: none; min-width: 3px; min-height: 3px; }
.overview-times { grid-column: 2; position: relative; height: 22px; font-size: 12px; color: var(--muted); }
.overview-times span { position: absolute; top: 4px; transform: translateX(-50%); white-space: nowrap; }
.overview figcaption, .overview .legend, .overview .save { grid-column: 1 / -1; }
.ramp { width: 90px; height: 12px; border: 1px solid var(--line); background: linear-gradient(90deg, var(--shade) 1%, rgb(46 126 191 / 0.22) 1%, rgb(46 126 191)); }
footer { margin-top: 56px; padding-top: 16px; padding-bottom: 40px; border-top: 1px solid var(--line); font-size: 13px; color: var(--muted); }

@media (max-width: 900px) {
  .pair, .thirds, .table-wider { grid-template-columns: minmax(0, 1fr); }
  .thirds figure { max-width: 440px; }
  .pair > * + *, .thirds > * + * { margin-top: 24px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media (max-width: 700px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  h1 { font-size: 27px; }
  .lede { font-size: 17px; }
  .tiles > div { padding: 12px; }
  .tiles .big { font-size: 23px; }
  .definitions, .settings { columns: 1; }
  figure .wide { display: none; }
  figure .narrow { display: block; }
  td.bar { width: 26%; min-width: 40px; }
  th, td { padding-right: 9px; }
  .scroll table { font-size: 13px; }
  .overview-times span:nth-child(even) { display: none; }
}
@media print {
  @page { margin: 14mm 13mm; }
  body { font-size: 9.5pt; line-height: 1.4; }
  main, header, footer { max-width: none; padding: 0; }
  nav, footer, .skip, .save, .gantt-bar.controls, .hint, details:not([open]), summary, .overview-brush { display: none; }
  h1 { font-size: 22pt; }
  h2 { font-size: 14pt; }
  .lede { font-size: 11.5pt; margin-top: 12pt; }
  .facts, .note, figcaption, .legend, .tiles dt, .tiles dd, .definitions, h3, caption { font-size: 8.5pt; }
  table { font-size: 8.5pt; }
  thead th, .settings table { font-size: 7.5pt; }
  th, td { padding: 2.5pt 8pt 2.5pt 0; }
  th.sub { padding-left: 8pt; }
  section { margin-top: 16pt; padding-top: 9pt; }
  h2, h3, caption, section > p:not(:last-child), .legend { break-after: avoid; }
  p, figure, .tiles, tr, .pair > div { break-inside: avoid; }
  figure { margin-top: 8pt; }
  .tiles { grid-template-columns: repeat(5, 1fr); margin-top: 14pt; }
  .tiles > div { padding: 8pt 9pt; }
  .tiles .big { font-size: 15pt; }
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 20pt; }
  .table-wider { grid-template-columns: 4fr 6fr; }
  .thirds { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0 14pt; }
  .definitions, .settings { columns: 2; column-gap: 20pt; }
  .scroll { overflow: visible; background: none; }
  .scroll td, .scroll th { padding-right: 5pt; font-size: 7.5pt; }
  figure .wide { display: block; }
  figure .narrow { display: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
