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
  const OUTCOMES = [['--as-asked', 'as asked'], ['--on-other-terms', 'after a counter-offer'], ['--no-show', 'no-show'], ['--failed', 'failed'], ['--cancelled', 'cancelled']];
  const SIZES = [1, 2, 4, 8, 16, 32, 64, Infinity];
  const USERS = 7;

  // Bars by node, each with its lane: a node is a strip as high as its CPUs, and reservations are stacked in it.
  const rows = data.nodes.map(() => []);
  const reservations = data.reservations.map((r) => {
    const [id, request, user, type, cpus, instances, shift, fate, countered, runs, pieces = []] = r;
    const reservation = { id, request, user: data.users[user], type: data.types[type], cpus, instances, shift,
      fate: data.fates[fate], countered, bars: [], pieces };
    reservation.outcome = reservation.fate === 'no-show' ? 2 : reservation.fate === 'failed' ? 3
      : reservation.fate === 'cancelled' ? 4 : countered ? 1 : 0;
    reservation.size = SIZES.findIndex((most) => cpus * instances <= most);
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

  // What bars are coloured by: a number for each reservation, and what the numbers mean.
  const shares = new Map();
  for (const { user, bars } of reservations) {
    shares.set(user, bars.reduce((sum, bar) => sum + (bar.end - bar.start) * bar.height, shares.get(user) || 0));
  }
  const topUsers = [...shares].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, USERS).map(([user]) => user);
  const KEYS = {
    outcome: { of: (r) => r.outcome, keys: OUTCOMES },
    user: {
      of: (r) => { const at = topUsers.indexOf(r.user); return at < 0 ? USERS : at; },
      keys: [...topUsers.map((user, i) => ['--c' + (i < 6 ? i + 1 : 8), user]), ...(shares.size > USERS ? [['--other', (shares.size - USERS) + ' others']] : [])],
    },
    size: {
      of: (r) => r.size,
      keys: SIZES.map((most, i) => [null, (most === Infinity ? '> 64' : i === 0 ? '≤ 1' : SIZES[i - 1] + '–' + most) + ' vCPU']),
    },
  };
  let key = KEYS.outcome;
  let palette = [];

  const view = { from: 0, to: span, top: 0, bottom: nodeCount };
  let width = 0;
  let height = 0;
  let gutter = 0;
  let hovered = null;
  let pinned = false;
  const colour = {};

  function readColours() {
    const style = getComputedStyle(figure);
    for (const name of [...OUTCOMES.map(([name]) => name), '--other', '--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c8', '--paper', '--ink', '--muted', '--line', '--shade', '--lost', '--drained', '--off', '--receiving', '--suspending', '--on-bar', '--on-amber']) {
      colour[name] = style.getPropertyValue(name).trim();
    }
    const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
    // Sizes go from pale to full.
    const pale = rgb(colour['--paper']);
    const full = rgb(colour['--as-asked']);
    palette = key.keys.map(([name], i) => {
      if (name) return rgb(colour[name]);
      const part = 0.25 + (0.75 * i) / (SIZES.length - 1);
      return full.map((value, at) => Math.round(pale[at] + part * (value - pale[at])));
    });
    showKeys();
  }
  const css = (rgb) => 'rgb(' + rgb.join(' ') + ')';
  const legend = figure.querySelector('.legend');
  const fixedKeys = [...legend.querySelectorAll('.hatched, .piece')].map((each) => each.parentElement);
  function showKeys() {
    const used = new Set(reservations.map(key.of));
    const items = key.keys.flatMap(([, title], i) => {
      if (!used.has(i)) return [];
      const item = document.createElement('li');
      const swatch = document.createElement('span');
      swatch.className = 'swatch';
      swatch.style.setProperty('--swatch', css(palette[i]));
      item.append(swatch, title);
      return [item];
    });
    legend.replaceChildren(...items, ...fixedKeys);
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
    drawOutages(OFF, first, last, h);
    drawOutages(DRAINED, first, last, h);
    if (h < DENSE) drawDense(first, last, bottom);
    else for (let node = first; node <= last; node++) drawRow(node, h);
    // Over the bars: a loss too short for the zoom is a mark that no neighbour may hide.
    drawOutages(LOST, first, last, h);
    drawOutages(RECEIVING, first, last, Math.max(2, h / 4));
    if (hovered) outline(hovered.reservation);
    context.restore();
    drawNames(first, last, h);
    drawTimes(bottom);
    placeBrush();
  }

  const LOST = 0;
  const DRAINED = 1;
  const OFF = 2;
  const RECEIVING = 3;
  function drawOutages(which, first, last, h) {
    const stroke = colour[['--lost', '--drained', '--off', '--receiving'][which]];
    for (const [node, start, length, kind] of data.outages) {
      if (kind !== which || node < first || node > last || start > view.to || start + length < view.from) continue;
      hatch(xOf(start), yOf(node), Math.max(2, xOf(start + length) - xOf(start)), Math.max(2, h), stroke);
    }
  }

  // Rows too low for single bars: each pixel has the mean of what is in it, so that no pattern comes of rows and bars that fall between pixels.
  const DENSE = 9;
  const layer = document.createElement('canvas');
  function drawDense(first, last, bottom) {
    if (width <= gutter) return;
    const ratio = canvas.width / width;
    const columns = Math.max(1, Math.round((width - gutter) * ratio));
    const lines = Math.max(1, Math.round(bottom * ratio));
    const scale = columns / (view.to - view.from);
    const kinds = palette.length;
    const filled = new Float32Array(columns * kinds);
    const image = new ImageData(columns, lines);
    let nodesIn = 0;
    for (let node = first; node <= last; node++) {
      for (const bar of rows[node]) {
        if (bar.end <= view.from) continue;
        if (bar.start >= view.to) break;
        const from = Math.max(0, (bar.start - view.from) * scale);
        const to = Math.min(columns, (bar.end - view.from) * scale);
        const kind = key.of(bar.reservation);
        for (let x = Math.floor(from); x < to; x++) {
          filled[x * kinds + kind] += bar.height * (Math.min(to, x + 1) - Math.max(from, x));
        }
      }
      nodesIn += 1;
      const top = Math.max(0, Math.round(yOf(node - nodesIn + 1) * ratio));
      const end = Math.min(lines, Math.round(yOf(node + 1) * ratio));
      if (end <= top && node < last) continue;
      for (let x = 0; x < columns; x++) {
        let sum = 0;
        let [r, g, b] = [0, 0, 0];
        for (let kind = 0; kind < kinds; kind++) {
          const part = filled[x * kinds + kind];
          if (part === 0) continue;
          sum += part;
          r += part * palette[kind][0];
          g += part * palette[kind][1];
          b += part * palette[kind][2];
        }
        if (sum === 0) continue;
        const alpha = 255 * Math.min(1, sum / nodesIn);
        for (let y = top; y < end; y++) image.data.set([r / sum, g / sum, b / sum, alpha], 4 * (y * columns + x));
      }
      filled.fill(0);
      nodesIn = 0;
    }
    layer.width = columns;
    layer.height = lines;
    layer.getContext('2d').putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(layer, gutter, 0, width - gutter, bottom);
  }

  function drawRow(node, h) {
    // On whole pixels, so that all rows look alike.
    const ratio = canvas.width / width;
    const whole = (y) => Math.round(y * ratio) / ratio;
    const top = whole(yOf(node));
    const pad = h >= 12 ? 1.5 : h >= 5 ? 0.5 : 0;
    for (const bar of rows[node]) {
      if (bar.end <= view.from) continue;
      if (bar.start >= view.to) break;
      const x = xOf(bar.start);
      const w = Math.max(0.75, xOf(bar.end) - x - (h >= 5 && xOf(bar.end) - x > 4 ? 1 : 0));
      const y = whole(top + pad + bar.lane * (h - 2 * pad));
      const barHeight = Math.max(1 / ratio, whole(top + pad + (bar.lane + bar.height) * (h - 2 * pad)) - y - (h >= 12 ? 1 / ratio : 0));
      context.fillStyle = css(palette[key.of(bar.reservation)]);
      context.fillRect(x, y, w, barHeight);
      drawPieces(bar, y, barHeight);
      if (barHeight >= 12 && w > 30) label(bar, Math.max(x, gutter), y, Math.min(x + w, width) - Math.max(x, gutter), barHeight);
    }
    if (h >= 5) {
      context.fillStyle = colour['--line'];
      context.fillRect(gutter, top + h - 0.5, width - gutter, 0.5);
    }
  }

  // When its lease is being suspended or resumed.
  function drawPieces(bar, y, h) {
    const { pieces } = bar.reservation;
    for (let i = 0; i < pieces.length; i += 2) {
      const from = Math.max(bar.start, pieces[i]);
      const to = Math.min(bar.end, pieces[i] + pieces[i + 1]);
      if (to <= from || to < view.from || from > view.to) continue;
      context.fillStyle = colour['--suspending'];
      context.fillRect(xOf(from), y, Math.max(1, xOf(to) - xOf(from)), h);
    }
  }

  function label(bar, x, y, w, h) {
    const { id, user } = bar.reservation;
    context.font = font(Math.min(12, Math.max(10, Math.floor(h * 0.6))));
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    const [red, green, blue] = palette[key.of(bar.reservation)];
    context.fillStyle = 0.3 * red + 0.59 * green + 0.11 * blue > 125 ? '#10151a' : '#ffffff';
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
      ...(r.pieces.length > 0 ? [['Suspended, resumed', r.pieces.length / 2 + ' times in all']] : []),
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

  const colouring = figure.querySelector('select');
  colouring.addEventListener('change', () => {
    key = KEYS[colouring.value];
    readColours();
    draw();
  });

  // What the page offers to save: what is in view as SVG, all bars as CSV.
  const escaped = (text) => text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]);
  figure.svgText = () => {
    const bottom = height - AXIS;
    const h = rowHeight();
    const parts = [];
    for (let node = Math.max(0, Math.floor(view.top)); node < Math.min(nodeCount, Math.ceil(view.bottom)); node++) {
      for (const bar of rows[node]) {
        if (bar.end <= view.from || bar.start >= view.to) continue;
        const [x, end] = [Math.max(gutter, xOf(bar.start)), Math.min(width, xOf(bar.end))];
        parts.push('<rect x="' + x.toFixed(2) + '" y="' + (yOf(node) + bar.lane * h).toFixed(2) + '" width="' + Math.max(0.1, end - x).toFixed(2) +
          '" height="' + (bar.height * h).toFixed(2) + '" fill="' + css(palette[key.of(bar.reservation)]).replace(/ /g, ',') + '"><title>' + escaped(bar.reservation.id) + '</title></rect>');
      }
    }
    const every = [1, 2, 3, 4, 5, 10, 20, 25, 50, 100].find((n) => n * h >= 11) || Math.ceil(11 / h);
    for (let node = Math.ceil(Math.max(0, view.top)); node < Math.min(nodeCount, view.bottom); node++) {
      if (node % every === 0) parts.push('<text x="' + (gutter - 6) + '" y="' + (yOf(node) + h / 2 + 4).toFixed(1) + '" text-anchor="end">' + escaped(data.nodes[node]) + '</text>');
    }
    const { at, step, day } = ticks();
    for (const time of at) {
      const ms = data.startMs + time * data.unitMs;
      parts.push('<text x="' + xOf(time).toFixed(1) + '" y="' + (bottom + 17) + '" text-anchor="middle">' + (step >= day || ms % 86400000 === 0 ? dayText(ms) : clockText(ms, step < MINUTE)) + '</text>');
    }
    return '<svg xmlns="http://www.w3.org/2000/svg" width="' + width + '" height="' + height + '" viewBox="0 0 ' + width + ' ' + height +
      '" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="var(--muted)">' + parts.join('\n') + '</svg>\n';
  };
  figure.csvText = () => {
    const instant = (time) => new Date(data.startMs + time * data.unitMs).toISOString();
    // Ids that a spreadsheet would take for a formula have an apostrophe, as in the tables beside this page.
    const cell = (text) => '"' + String(text).replace(/^(?=[=+\-@])/, "'").replace(/"/g, '""') + '"';
    const lines = ['reservation_id,request_id,user,type,outcome,node,start,end,instances,vcpus'];
    for (const r of reservations) {
      for (const bar of r.bars) {
        lines.push([cell(r.id), cell(r.request || ''), cell(r.user), cell(r.type), cell(r.fate), cell(data.nodes[bar.node]), instant(bar.start), instant(bar.end), bar.instances, r.cpus * bar.instances].join(','));
      }
    }
    return lines.join('\r\n') + '\r\n';
  };

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
