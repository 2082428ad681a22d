// The script inside report.html that answers the mouse on figures over time: values where one points, and a closer look, with every bin that there is.
// It reads the table that each figure carries.
export const SERIES_SCRIPT = `
(() => {
  'use strict';
  const NS = 'http://www.w3.org/2000/svg';
  const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const STEPS = [1000, 5000, 15000, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 28 * DAY];
  const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const dayText = (ms) => { const d = new Date(ms); return d.getUTCDate() + ' ' + MONTHS[d.getUTCMonth()]; };
  const clockText = (ms, precise) => new Date(ms).toISOString().slice(11, precise ? 19 : 16);
  let clips = 0;
  for (const place of document.querySelectorAll('[data-over-time]')) {
    const { from, to, top, margin, unit, lines } = JSON.parse(place.dataset.overTime);
    const [header, ...rows] = JSON.parse(place.querySelector('script').textContent).trim().split('\\r\\n').map((row) => row.split(','));
    const column = Object.fromEntries(header.map((name, index) => [name, index]));
    const bins = rows.map((row) => {
      const bin = { from: Date.parse(row[column.start]), to: 0 };
      bin.to = Math.min(to, bin.from + Number(row[column.span_s]) * 1000);
      for (const name of header.slice(2)) bin[name] = row[column[name]] === '' ? null : Number(row[column[name]]);
      return bin;
    });
    if (bins.length === 0) continue;
    const text = (value) => value === null ? 'n/a' : unit === 'share' ? (100 * value).toFixed(1) + ' %' : value >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 100) / 100);
    const view = { from, to };
    const tip = document.createElement('dl');
    tip.className = 'tip';
    tip.hidden = true;
    place.style.position = 'relative';
    place.append(tip);
    for (const svg of place.querySelectorAll('svg')) {
      const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
      const inner = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
      const xOf = (ms) => inner.left + ((ms - view.from) / (view.to - view.from)) * (inner.right - inner.left);
      const yOf = (value) => inner.bottom - (value / top) * (inner.bottom - inner.top);
      const timeOf = (x) => view.from + ((x - inner.left) / (inner.right - inner.left)) * (view.to - view.from);
      const put = (parent, name, attributes) => {
        const element = document.createElementNS(NS, name);
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
        parent.append(element);
        return element;
      };
      // What Plot drew and a closer look replaces.
      const whole = [...svg.querySelectorAll(':scope > g')].filter((g) => /^(area|line|rect|x-axis)/.test(g.getAttribute('aria-label') || ''));
      const near = put(svg, 'g', {});
      const mark = put(svg, 'g', { 'data-transient': '' });
      function steps(points, key) {
        return points.map((bin, i) => (i === 0 ? 'M' : 'L') + xOf(bin.from).toFixed(2) + ',' + yOf(bin[key]).toFixed(2) + 'H' + xOf(bin.to).toFixed(2)).join('');
      }
      function draw() {
        near.replaceChildren();
        const isWhole = view.from <= from && view.to >= to;
        for (const group of whole) group.style.display = isWhole ? '' : 'none';
        if (isWhole) return;
        const clip = 'clip-' + (clips += 1);
        const path = put(near, 'clipPath', { id: clip });
        put(path, 'rect', { x: inner.left, y: inner.top - 4, width: inner.right - inner.left, height: inner.bottom - inner.top + 4 });
        const group = put(near, 'g', { 'clip-path': 'url(#' + clip + ')' });
        // No more points than pixels: extremes are kept by the band.
        const seen = bins.filter((bin) => bin.to > view.from && bin.from < view.to);
        for (const line of lines) {
          const known = seen.filter((bin) => bin[line.key] !== null);
          if (known.length === 0) continue;
          const above = steps(known, line.key);
          if (line.fill !== undefined) put(group, 'path', { d: above + 'V' + inner.bottom + 'H' + xOf(known[0].from).toFixed(2) + 'Z', fill: 'var(' + line.colour + ')', 'fill-opacity': line.fill });
          if (line.band) {
            const ranged = known.filter((bin) => bin[line.band[0]] !== null);
            const back = [...ranged].reverse().map((bin) => 'L' + xOf(bin.to).toFixed(2) + ',' + yOf(bin[line.band[0]]).toFixed(2) + 'H' + xOf(bin.from).toFixed(2)).join('');
            if (ranged.length > 0) put(group, 'path', { d: steps(ranged, line.band[1]) + back + 'Z', fill: 'var(' + line.colour + ')', 'fill-opacity': 0.22 });
          }
          put(group, 'path', { d: above, fill: 'none', stroke: 'var(' + line.colour + ')', 'stroke-width': line.width });
        }
        const most = Math.max(2, (inner.right - inner.left) / 86);
        const step = STEPS.find((each) => (view.to - view.from) / each <= most) || 28 * DAY;
        for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
          put(near, 'path', { d: 'M' + xOf(at).toFixed(2) + ',' + inner.bottom + 'v6', stroke: 'var(--line)' });
          const label = put(near, 'text', { x: xOf(at).toFixed(2), y: inner.bottom + 19, fill: 'var(--muted)', 'text-anchor': 'middle' });
          label.textContent = step >= DAY || at % DAY === 0 ? dayText(at) : clockText(at, step < MINUTE);
        }
      }
      const placeOf = (event) => {
        const box = svg.getBoundingClientRect();
        return ((event.clientX - box.left) / box.width) * width;
      };
      function point(x) {
        mark.replaceChildren();
        const time = timeOf(x);
        const bin = x < inner.left || x > inner.right ? undefined : bins.find((each) => each.from <= time && time < each.to);
        if (bin === undefined) { tip.hidden = true; return; }
        put(mark, 'path', { d: 'M' + x.toFixed(2) + ',' + inner.top + 'V' + inner.bottom, stroke: 'var(--ink)', 'stroke-opacity': 0.5 });
        const entries = [['Time', dayText(bin.from) + ' ' + clockText(bin.from, bin.to - bin.from < MINUTE) + ' – ' + clockText(bin.to, bin.to - bin.from < MINUTE)],
          ...lines.map((line) => [line.title, text(bin[line.key]) + (line.band && bin[line.band[0]] !== null ? ' (' + text(bin[line.band[0]]) + ' to ' + text(bin[line.band[1]]) + ')' : '')])];
        tip.replaceChildren(...entries.flatMap(([name, value]) => {
          const dt = document.createElement('dt');
          const dd = document.createElement('dd');
          dt.textContent = name;
          dd.textContent = value;
          return [dt, dd];
        }));
        tip.hidden = false;
        const box = svg.getBoundingClientRect();
        const outer = place.getBoundingClientRect();
        const left = box.left - outer.left + (x / width) * box.width + 14;
        tip.style.left = Math.max(0, Math.min(left, outer.width - tip.offsetWidth)) + 'px';
        tip.style.top = box.top - outer.top + 18 + 'px';
      }
      let began = null;
      svg.style.cursor = 'crosshair';
      svg.style.touchAction = 'pan-y';
      svg.addEventListener('pointerdown', (event) => {
        const x = placeOf(event);
        if (x >= inner.left && x <= inner.right) { began = x; svg.setPointerCapture(event.pointerId); }
      });
      svg.addEventListener('pointermove', (event) => {
        const x = placeOf(event);
        point(x);
        if (began === null) return;
        const [left, right] = [Math.min(began, x), Math.max(began, x)];
        put(mark, 'rect', { x: left, y: inner.top, width: right - left, height: inner.bottom - inner.top, fill: 'var(--accent)', 'fill-opacity': 0.15 });
      });
      svg.addEventListener('pointerup', (event) => {
        const x = placeOf(event);
        const start = began;
        began = null;
        mark.replaceChildren();
        if (start === null || Math.abs(x - start) < 6) return;
        const [a, b] = [timeOf(Math.max(inner.left, Math.min(start, x))), timeOf(Math.min(inner.right, Math.max(start, x)))];
        const least = Math.min(to - from, 3 * (bins[0].to - bins[0].from));
        [view.from, view.to] = b - a < least ? [(a + b - least) / 2, (a + b + least) / 2] : [a, b];
        view.from = Math.max(from, view.from);
        view.to = Math.min(to, view.to);
        redraw();
      });
      svg.addEventListener('pointercancel', () => { began = null; mark.replaceChildren(); });
      svg.addEventListener('pointerleave', () => { if (began === null) { mark.replaceChildren(); tip.hidden = true; } });
      svg.addEventListener('dblclick', () => { [view.from, view.to] = [from, to]; redraw(); });
      svg.redraw = draw;
    }
    function redraw() {
      tip.hidden = true;
      for (const svg of place.querySelectorAll('svg')) svg.redraw();
    }
    // On paper there is all of it.
    addEventListener('beforeprint', () => { [view.from, view.to] = [from, to]; redraw(); });
  }
})();
`;
