// The script inside report.html that draws the Gantt chart: zoom, pan, labels. Plain browser code in a string, because it must be part
// of the file; it reads the JSON that gantt-data.ts writes. Tested in a browser (test/reports/page/report-browser.long.test.ts).

export const GANTT_SCRIPT = String.raw`
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('gantt-data').textContent);
  const figure = document.getElementById('gantt');
  const canvas = figure.querySelector('canvas');
  const tip = figure.querySelector('.tip');
  const overview = document.querySelector('.overview-map');
  const brush = document.querySelector('.overview-brush');
  const context = canvas.getContext('2d');
  const nodeCount = data.nodes.length;
  const span = (data.endMs - data.startMs) / data.unitMs;
  const AXIS = 26;
  const CLASSES = ['--as-asked', '--on-other-terms', '--no-show', '--failed', '--cancelled'];

  // Bars by node, each with its lane: a node is a strip as high as its CPUs, and reservations are stacked in it.
  const rows = data.nodes.map(() => []);
  const reservations = data.reservations.map((r) => {
    const [id, request, user, type, cpus, instances, shift, fate, countered, runs] = r;
    const reservation = { id, request, user: data.users[user], type: data.types[type], cpus, instances, shift,
      fate: data.fates[fate], countered, bars: [] };
    reservation.colour = reservation.fate === 'no-show' ? 2 : reservation.fate === 'failed' ? 3
      : reservation.fate === 'cancelled' ? 4 : countered ? 1 : 0;
    for (const [start, length, ...places] of runs) {
      for (let i = 0; i < places.length; i += 2) {
        const bar = { start, end: start + length, node: places[i], instances: places[i + 1], reservation, lane: 0, height: 1 };
        bar.height = Math.min(1, data.cpus[bar.node] > 0 ? (cpus * bar.instances) / data.cpus[bar.node] : 1);
        reservation.bars.push(bar);
        rows[bar.node].push(bar);
      }
    }
    return reservation;
  });
  for (const row of rows) {
    row.sort((a, b) => a.start - b.start || b.height - a.height);
    let current = [];
    for (const bar of row) {
      current = current.filter((other) => other.end > bar.start);
      let lane = 0;
      for (const other of current) {
        if (other.lane - lane > bar.height - 1e-9) break;
        lane = Math.max(lane, other.lane + other.height);
      }
      bar.lane = Math.max(0, Math.min(lane, 1 - bar.height));
      current.push(bar);
      current.sort((a, b) => a.lane - b.lane);
    }
  }

  const view = { from: 0, to: span, top: 0, bottom: nodeCount };
  let width = 0;
  let height = 0;
  let gutter = 0;
  let hovered = null;
  let pinned = false;
  const colour = {};

  function readColours() {
    const style = getComputedStyle(figure);
    for (const name of [...CLASSES, '--paper', '--ink', '--muted', '--line', '--shade', '--lost', '--drained', '--on-bar', '--on-amber']) {
      colour[name] = style.getPropertyValue(name).trim();
    }
  }
  const font = (size) => size + 'px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
  const xOf = (time) => gutter + ((time - view.from) / (view.to - view.from)) * (width - gutter);
  const yOf = (node) => ((node - view.top) / (view.bottom - view.top)) * (height - AXIS);
  const timeAt = (x) => view.from + ((x - gutter) / (width - gutter)) * (view.to - view.from);
  const nodeAt = (y) => view.top + (y / (height - AXIS)) * (view.bottom - view.top);
  const rowHeight = () => (height - AXIS) / (view.bottom - view.top);

  let isPrint = false;
  function resize() {
    width = canvas.parentElement.clientWidth;
    const most = isPrint ? 520 : Math.max(320, Math.min(640, window.innerHeight * 0.75));
    height = Math.round(Math.max(150, Math.min(nodeCount * 48, most))) + AXIS;
    const ratio = isPrint ? 3 : window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    // On paper the canvas is scaled to the page.
    canvas.style.height = isPrint ? 'auto' : height + 'px';
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = font(11);
    const longest = Math.max(...data.nodes.map((name) => context.measureText(name).width));
    gutter = Math.min(longest + 12, width * 0.25);
  }

  function draw() {
    context.clearRect(0, 0, width, height);
    const bottom = height - AXIS;
    const h = rowHeight();
    const first = Math.max(0, Math.floor(view.top));
    const last = Math.min(nodeCount - 1, Math.ceil(view.bottom) - 1);
    context.save();
    context.beginPath();
    context.rect(gutter, 0, width - gutter, bottom);
    context.clip();
    if (data.warmUpEnd > 0) {
      context.fillStyle = colour['--shade'];
      context.fillRect(gutter, 0, xOf(data.warmUpEnd) - gutter, bottom);
    }
    drawGrid(bottom);
    drawOutages(DRAINED, first, last, h);
    for (let node = first; node <= last; node++) drawRow(node, h);
    // Over the bars: a loss too short for the zoom is a mark that no neighbour may hide.
    drawOutages(LOST, first, last, h);
    if (hovered) outline(hovered.reservation);
    context.restore();
    drawNames(first, last, h);
    drawTimes(bottom);
    placeBrush();
  }

  const LOST = 0;
  const DRAINED = 1;
  function drawOutages(which, first, last, h) {
    const stroke = colour[which === LOST ? '--lost' : '--drained'];
    for (const [node, start, length, kind] of data.outages) {
      if (kind !== which || node < first || node > last || start > view.to || start + length < view.from) continue;
      hatch(xOf(start), yOf(node), Math.max(2, xOf(start + length) - xOf(start)), Math.max(2, h), stroke);
    }
  }

  function drawRow(node, h) {
    const top = yOf(node);
    const pad = h >= 12 ? 1.5 : h >= 5 ? 0.5 : 0;
    for (const bar of rows[node]) {
      if (bar.end <= view.from) continue;
      if (bar.start >= view.to) break;
      const x = xOf(bar.start);
      const w = Math.max(0.75, xOf(bar.end) - x - (h >= 5 && xOf(bar.end) - x > 4 ? 1 : 0));
      const y = top + pad + bar.lane * (h - 2 * pad);
      const barHeight = Math.max(0.6, bar.height * (h - 2 * pad) - (h >= 12 ? 0.75 : 0));
      context.fillStyle = colour[CLASSES[bar.reservation.colour]];
      context.fillRect(x, y, w, barHeight);
      if (barHeight >= 12 && w > 30) label(bar, Math.max(x, gutter), y, Math.min(x + w, width) - Math.max(x, gutter), barHeight);
    }
    if (h >= 5) {
      context.fillStyle = colour['--line'];
      context.fillRect(gutter, top + h - 0.5, width - gutter, 0.5);
    }
  }

  function label(bar, x, y, w, h) {
    const { id, user } = bar.reservation;
    context.font = font(Math.min(12, Math.max(10, Math.floor(h * 0.6))));
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.fillStyle = colour[bar.reservation.colour === 1 ? '--on-amber' : '--on-bar'];
    for (const text of [id + ' · ' + user, id]) {
      if (context.measureText(text).width + 8 > w) continue;
      context.fillText(text, x + 4, y + h / 2);
      return;
    }
  }

  function hatch(x, y, w, h, stroke) {
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    const isSmall = h < 7 || w < 7;
    context.globalAlpha = isSmall ? 0.9 : 0.2;
    context.fillStyle = stroke;
    context.fillRect(x, y, w, h);
    if (isSmall) {
      context.restore();
      return;
    }
    context.globalAlpha = 0.8;
    context.strokeStyle = stroke;
    context.lineWidth = 1;
    context.beginPath();
    const left = Math.max(x, gutter) - ((Math.max(x, gutter) + y) % 6) - h;
    for (let at = left; at < Math.min(x + w, width) + h; at += 6) {
      context.moveTo(at, y + h);
      context.lineTo(at + h, y);
    }
    context.stroke();
    context.restore();
  }

  function outline(reservation) {
    context.strokeStyle = colour['--ink'];
    context.lineWidth = 1.5;
    const h = rowHeight();
    for (const bar of reservation.bars) {
      const x = xOf(bar.start);
      context.strokeRect(x - 0.5, yOf(bar.node) + bar.lane * h, Math.max(2, xOf(bar.end) - x), Math.max(2, bar.height * h));
    }
  }

  const MINUTE = 60000 / data.unitMs;
  const STEPS = [1 / 60, 1 / 12, 0.25, 1, 5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10080, 20160, 40320].map((m) => m * MINUTE);
  function ticks() {
    const most = Math.max(2, (width - gutter) / 86);
    let step = STEPS.find((s) => (view.to - view.from) / s <= most) || STEPS[STEPS.length - 1];
    while ((view.to - view.from) / step > most) step *= 2;
    const day = 1440 * MINUTE;
    const zero = data.startMs / data.unitMs;
    const origin = step >= day ? Math.ceil(zero / day) * day - zero : -zero;
    const out = [];
    for (let i = Math.ceil((view.from - origin) / step); origin + i * step <= view.to; i++) out.push(origin + i * step);
    return { step, at: out, day };
  }

  function drawGrid(bottom) {
    context.fillStyle = colour['--line'];
    for (const at of ticks().at) context.fillRect(Math.round(xOf(at)), 0, 1, bottom);
  }

  function drawTimes(bottom) {
    const { at, step, day } = ticks();
    context.fillStyle = colour['--muted'];
    context.font = font(11);
    context.textBaseline = 'middle';
    for (const time of at) {
      const ms = data.startMs + time * data.unitMs;
      const text = step >= day || ms % 86400000 === 0 ? dayText(ms) : clockText(ms, step < MINUTE);
      const x = xOf(time);
      const half = context.measureText(text).width / 2;
      if (x - half < gutter - 4 || x + half > width) continue;
      context.textAlign = 'center';
      context.fillText(text, x, bottom + 14);
    }
    context.fillStyle = colour['--line'];
    context.fillRect(gutter, bottom, width - gutter, 1);
  }

  function drawNames(first, last, h) {
    context.fillStyle = colour['--muted'];
    context.font = font(Math.max(9, Math.min(12, h * 0.8)));
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    const every = [1, 2, 3, 4, 5, 10, 20, 25, 50, 100].find((n) => n * h >= 11) || Math.ceil(11 / h);
    let above = -10;
    for (let node = first; node <= last; node++) {
      const y = Math.max(6, yOf(node) + h / 2);
      if (node % every !== 0 || y < above + 10 || y > height - AXIS - 4 || y > yOf(node + 1) + 6) continue;
      above = y;
      context.fillText(data.nodes[node], gutter - 6, y, gutter - 6);
    }
  }

  function placeBrush() {
    if (!brush) return;
    const whole = view.from <= 0 && view.to >= span && view.top <= 0 && view.bottom >= nodeCount;
    brush.hidden = whole;
    brush.style.left = (100 * view.from) / span + '%';
    brush.style.width = (100 * (view.to - view.from)) / span + '%';
    brush.style.top = (100 * view.top) / nodeCount + '%';
    brush.style.height = (100 * (view.bottom - view.top)) / nodeCount + '%';
  }

  // Texts, in UTC.
  const two = (n) => String(n).padStart(2, '0');
  function dayText(ms) {
    const d = new Date(ms);
    return d.getUTCDate() + ' ' + ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][d.getUTCMonth()];
  }
  function clockText(ms, withSeconds) {
    const d = new Date(ms);
    return two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + (withSeconds ? ':' + two(d.getUTCSeconds()) : '');
  }
  // The same text as formatSpan in format.ts, so that a length reads alike here and in the tables.
  function lengthText(units) {
    const ms = Math.abs(units) * data.unitMs;
    if (ms === 0) return '0 s';
    if (ms < 1000) return ms + ' ms';
    const tenths = Math.round(ms / 100);
    if (tenths < 600) return tenths / 10 + ' s';
    const seconds = Math.round(ms / 1000);
    if (seconds < 3600) return twoUnits(seconds, 60, ' min', ' s');
    const minutes = Math.round(ms / 60000);
    if (minutes < 1440) return twoUnits(minutes, 60, ' h', ' min');
    return twoUnits(Math.round(ms / 3600000), 24, ' d', ' h');
  }
  function twoUnits(amount, perLarge, large, small) {
    const rest = amount % perLarge;
    return Math.floor(amount / perLarge) + large + (rest === 0 ? '' : ' ' + rest + small);
  }

  function show(bar, x, y) {
    hovered = bar;
    const r = bar.reservation;
    const at = (time) => dayText(data.startMs + time * data.unitMs) + ' ' + clockText(data.startMs + time * data.unitMs);
    const nodes = [...new Set(r.bars.map((b) => data.nodes[b.node]))];
    const shift = r.shift === 0 ? 'as asked' : lengthText(r.shift) + (r.shift > 0 ? ' later than asked' : ' earlier than asked');
    const lines = [
      ['Reservation', r.id + (r.request ? ' (request ' + r.request + ')' : '')],
      ['User', r.user],
      ['Instances', r.instances + ' × ' + r.type + ', ' + r.cpus + ' vCPU each'],
      ['Window', at(bar.start) + ' – ' + at(bar.end) + ' (' + lengthText(bar.end - bar.start) + ')'],
      ['Start', shift + (r.countered ? ', after a counter-offer' : '')],
      [nodes.length === 1 ? 'Node' : 'Nodes', nodes.length > 6 ? nodes.slice(0, 5).join(', ') + ' and ' + (nodes.length - 5) + ' more' : nodes.join(', ')],
      ['Ended', r.fate],
    ];
    tip.replaceChildren(...lines.flatMap(([name, value]) => {
      const dt = document.createElement('dt');
      const dd = document.createElement('dd');
      dt.textContent = name;
      dd.textContent = value;
      return [dt, dd];
    }));
    tip.hidden = false;
    const left = Math.min(Math.max(4, x + 14), width - tip.offsetWidth - 4);
    const below = y + 18;
    tip.style.left = Math.max(0, left) + 'px';
    tip.style.top = (below + tip.offsetHeight > height && y - tip.offsetHeight - 12 > 0 ? y - tip.offsetHeight - 12 : below) + 'px';
    draw();
  }

  function hide() {
    pinned = false;
    if (hovered === null && tip.hidden) return;
    hovered = null;
    tip.hidden = true;
    draw();
  }

  function barAt(x, y) {
    if (x < gutter || y > height - AXIS) return null;
    const node = Math.floor(nodeAt(y));
    if (node < 0 || node >= nodeCount) return null;
    const lane = nodeAt(y) - node;
    const slack = (2 * (view.to - view.from)) / (width - gutter);
    const time = timeAt(x);
    let near = null;
    for (const bar of rows[node]) {
      if (bar.start > time + slack) break;
      if (bar.end < time - slack) continue;
      if (lane < bar.lane - 0.02 || lane > bar.lane + bar.height + 0.02) continue;
      near = bar;
      if (bar.start <= time && time < bar.end) return bar;
    }
    return near;
  }

  // Moving about.
  function clamp(low, high, from, to, least) {
    let size = Math.min(high - low, Math.max(least, to - from));
    let start = from + (to - from - size) / 2;
    start = Math.max(low, Math.min(high - size, start));
    return [start, start + size];
  }
  function look(from, to, top, bottom) {
    [view.from, view.to] = clamp(0, span, from, to, Math.min(span, Math.max(span / 5000, MINUTE)));
    [view.top, view.bottom] = clamp(0, nodeCount, top, bottom, Math.min(nodeCount, 1));
    draw();
  }
  function zoom(factor, rowFactor, x, y) {
    const time = x === undefined ? (view.from + view.to) / 2 : timeAt(x);
    const node = y === undefined ? (view.top + view.bottom) / 2 : nodeAt(y);
    look(time - (time - view.from) * factor, time + (view.to - time) * factor,
      node - (node - view.top) * rowFactor, node + (view.bottom - node) * rowFactor);
  }
  function pan(times, nodes) {
    look(view.from + times, view.to + times, view.top + nodes, view.bottom + nodes);
  }
  const fit = () => look(0, span, 0, nodeCount);

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const pointers = new Map();
  let moved = false;
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    moved = false;
  });
  canvas.addEventListener('pointermove', (event) => {
    const [x, y] = place(event);
    const before = pointers.get(event.pointerId);
    if (before === undefined) {
      if (pinned) return;
      const bar = barAt(x, y);
      canvas.style.cursor = bar ? 'pointer' : 'grab';
      if (bar) show(bar, x, y);
      else hide();
      return;
    }
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const spread = (p) => Math.max(20, Math.hypot(p[0] - other[0], p[1] - other[1]));
      zoom(spread(before) / spread([x, y]), 1, (x + other[0]) / 2);
      moved = true;
    } else if (moved || Math.hypot(x - before[0], y - before[1]) > 3) {
      if (!moved) hide();
      moved = true;
      canvas.style.cursor = 'grabbing';
      pan(timeAt(before[0]) - timeAt(x), nodeAt(before[1]) - nodeAt(y));
    } else {
      return;
    }
    pointers.set(event.pointerId, [x, y]);
  });
  function release(event) {
    if (!pointers.delete(event.pointerId) || moved || event.type === 'pointercancel') return;
    const [x, y] = place(event);
    const bar = barAt(x, y);
    hide();
    if (!bar) return;
    show(bar, x, y);
    pinned = true;
  }
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener('pointerleave', () => { if (!pinned) hide(); });
  canvas.addEventListener('dblclick', (event) => zoom(0.4, 1, place(event)[0]));
  canvas.addEventListener('wheel', (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && !sideways) return;
    event.preventDefault();
    const [x, y] = place(event);
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(event.deltaY / 300), 1, x);
    else if (event.shiftKey) zoom(1, Math.exp((event.deltaY || event.deltaX) / 300), x, y);
    else pan((event.deltaX * (view.to - view.from)) / (width - gutter), 0);
  }, { passive: false });
  canvas.addEventListener('keydown', (event) => {
    const time = (view.to - view.from) / 8;
    const node = Math.max(0.5, (view.bottom - view.top) / 8);
    const actions = {
      ArrowLeft: () => pan(-time, 0), ArrowRight: () => pan(time, 0),
      ArrowUp: () => pan(0, -node), ArrowDown: () => pan(0, node),
      '+': () => zoom(0.5, 1), '=': () => zoom(0.5, 1), '-': () => zoom(2, 1),
      PageDown: () => zoom(1, 0.5), PageUp: () => zoom(1, 2), Home: fit, Escape: hide,
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[event.key]();
  });
  const buttons = {
    'zoom-in': () => zoom(0.5, 1), 'zoom-out': () => zoom(2, 1), taller: () => zoom(1, 0.5), lower: () => zoom(1, 2), fit,
  };
  for (const button of figure.querySelectorAll('button[data-action]')) {
    button.addEventListener('click', () => { hide(); buttons[button.dataset.action](); });
  }

  // Find: an id of a reservation or request, or a user; again for the next one.
  const form = figure.querySelector('form');
  const found = figure.querySelector('.found');
  let lastSearch = '';
  let position = -1;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = form.elements.find.value.trim().toLowerCase();
    if (text === '') return;
    const hits = reservations.filter((r) => r.id.toLowerCase() === text || String(r.request).toLowerCase() === text || r.user.toLowerCase() === text);
    position = text === lastSearch && hits.length > 0 ? (position + 1) % hits.length : 0;
    lastSearch = text;
    found.textContent = hits.length === 0 ? 'nothing found' : (position + 1) + ' of ' + hits.length;
    const hit = hits[position];
    if (!hit) return;
    const bar = hit.bars.reduce((a, b) => (b.start < a.start ? b : a));
    const around = (bar.end - bar.start) * 3;
    const rowsShown = Math.min(nodeCount, 12);
    look(bar.start - around, bar.end + around, bar.node + 0.5 - rowsShown / 2, bar.node + 0.5 + rowsShown / 2);
    show(bar, Math.max(gutter, xOf(bar.start)), yOf(bar.node + bar.lane));
    pinned = true;
  });

  if (overview) {
    let dragging = false;
    const jump = (event) => {
      const box = overview.getBoundingClientRect();
      const time = ((event.clientX - box.left) / box.width) * span;
      const node = ((event.clientY - box.top) / box.height) * nodeCount;
      const whole = view.to - view.from >= span;
      const half = whole ? span / 10 : (view.to - view.from) / 2;
      const tall = whole && nodeCount > 24 ? nodeCount / 6 : (view.bottom - view.top) / 2;
      hide();
      look(time - half, time + half, node - tall, node + tall);
    };
    overview.addEventListener('pointerdown', (event) => { dragging = true; overview.setPointerCapture(event.pointerId); jump(event); });
    overview.addEventListener('pointermove', (event) => { if (dragging) jump(event); });
    overview.addEventListener('pointerup', () => { dragging = false; });
    overview.addEventListener('pointercancel', () => { dragging = false; });
    overview.classList.add('live');
  }

  function refresh() {
    readColours();
    resize();
    draw();
  }
  figure.hidden = false;
  new ResizeObserver(() => { if (canvas.parentElement.clientWidth !== width) refresh(); }).observe(canvas.parentElement);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => refresh());
  addEventListener('beforeprint', () => { hide(); isPrint = true; refresh(); });
  addEventListener('afterprint', () => { isPrint = false; refresh(); });
  refresh();
})();
`;
