'use strict';
// One lane a process, one arrow a signal. Everything that is read from an event is read in `read`.
const LANE = 20, TOP = 6, NAMES = 210, NEAR = 8;
const byId = id => document.getElementById(id);
const picture = byId('picture'), chart = byId('chart'), arrows = byId('arrows'), names = byId('names'), lanesOf = byId('lanes');
const search = byId('search'), panel = byId('event'), overview = byId('overview'), legend = byId('legend');

function escaped(text) {
  return String(text).replace(/[&<>"']/g, c => '&#' + c.charCodeAt(0) + ';');
}

// A process as a lane: its number and command, or the kernel. A number that was ended is another process from then on.
const lives = new Map();
function party(who, isZombie = false) {
  if (!who) return { key: 'kernel', pid: null, comm: 'kernel' };
  const ended = lives.get(who.pid) || 0;
  return { key: `${who.pid}:${isZombie && ended ? ended - 1 : ended}`, pid: who.pid, comm: who.comm || '?' };
}

function read(line) {
  const isZombie = line.verdict === 'zombie', isOwn = line.sender && line.sender.pid === line.target.pid;
  const from = party(line.sender, isZombie && isOwn), to = party(line.target, isZombie), user = line.sender ? line.sender.user : '';
  const verdict = line.verdict || (line.kernel === 'ignored' ? 'ignores' : 'unknown');
  const words = [line.signal, line.how, verdict, line.kernel, from.pid, from.comm, user, to.pid, to.comm, line.terminal, line.text];
  return { line, time: line.ns / 1e9, from, to, signal: line.signal, verdict, words: words.join(' ').toLowerCase() };
}

const report = JSON.parse(byId('events').textContent);
const events = [], ends = [];
for (const line of report.events.sort((a, b) => a.ns - b.ns)) {
  if (line.event === 'signal') events.push(read(line));
  if (line.event === 'ended') {
    ends.push({ time: line.ns / 1e9, key: party(line.target).key, text: line.text || 'ended' });
    lives.set(line.target.pid, (lives.get(line.target.pid) || 0) + 1);
  }
}
events.forEach((event, index) => { event.index = index; });

// In the order in which they first took part; the kernel, if it did, on top.
const lanes = new Map();
if (events.some(event => event.from.key === 'kernel')) lanes.set('kernel', { row: 0, pid: null, comm: 'kernel', first: events[0].time, last: 0 });
for (const event of events) {
  for (const end of [event.from, event.to]) {
    let lane = lanes.get(end.key);
    if (!lane) lanes.set(end.key, lane = { row: lanes.size, pid: end.pid, comm: end.comm, first: event.time, last: event.time });
    lane.last = event.time;
    // The name by which it was known last: a shell that has become a command is called so.
    if (end.comm && end.comm !== '?') lane.comm = end.comm;
  }
}
for (const end of ends) {
  const lane = lanes.get(end.key);
  if (lane) { lane.end = end; lane.last = Math.max(lane.last, end.time); }
}
const middle = key => TOP + lanes.get(key).row * LANE + LANE / 2;

const first = events.length ? events[0].time : 0;
const last = Math.max(first, ...[...lanes.values()].map(lane => lane.last));
// Some air at both ends, and a span even where there is one event only.
const margin = Math.max((last - first) * 0.02, 1e-6);
const whole = { from: first - margin, to: last + margin };
let view = { ...whole }, width = 1000, chosen = -1, found = [], dense = false;
const hiddenVerdicts = new Set();

const xOf = time => NAMES + (time - view.from) / (view.to - view.from) * (width - NAMES);
const timeAt = x => view.from + (x - NAMES) / (width - NAMES) * (view.to - view.from);
const isShown = event => !hiddenVerdicts.has(event.verdict);

// From the sender's lane down or up to the target's, with a head there; a signal to oneself is a loop. A short one has
// the last bit of the shaft only.
function outline(event, short) {
  const from = middle(event.from.key), to = middle(event.to.key);
  if (from === to) return `M0 ${to}c8 -11 14 2 1 1m4 -3l-4 3l3 4`;
  const up = to > from ? -5 : 5;
  return `M0 ${short ? to + up * 1.4 : from}V${to}m-3.5 ${up}l3.5 ${-up}l3.5 ${up}`;
}

const REFUSED = new Set(['EPERM', 'EAGAIN', 'skipped', 'ignores', 'immune', 'zombie']);

const isDense = () => indexAt(view.to) - indexAt(view.from) > (width - NAMES) / 4;

function drawOnce() {
  width = Math.max(picture.clientWidth, NAMES + 100);
  dense = isDense();
  picture.setAttribute('height', TOP * 2 + Math.max(lanes.size, 1) * LANE);
  let text = '';
  for (const event of events) {
    const dashed = REFUSED.has(event.verdict) ? ' dashed' : '';
    text += `<path class="${escaped(event.verdict)}${dashed}" data-event="${event.index}" data-short="${dense ? 'yes' : 'no'}" d="${outline(event, dense)}"/>`;
  }
  arrows.innerHTML = text;
  let labels = `<rect x="0" y="0" width="${NAMES}" height="100%"/>`;
  for (const lane of lanes.values()) {
    const y = TOP + lane.row * LANE + LANE / 2 + 4;
    labels += `<text x="8" y="${y}"><tspan>${lane.pid === null ? '' : escaped(lane.pid)}</tspan> ${escaped(lane.comm)}</text>`;
  }
  names.innerHTML = labels;
}

// The first event that is not before this time.
function indexAt(time) {
  let low = 0, high = events.length;
  while (low < high) { const mid = (low + high) >> 1; if (events[mid].time < time) low = mid + 1; else high = mid; }
  return low;
}

// Where the shafts would stand side by side and hide one another, only the heads are drawn, each in its target's lane;
// what was searched for keeps its shaft.
function shape() {
  dense = isDense();
  const paths = arrows.children, whole = found.length <= 200 ? new Set(found) : new Set();
  for (let i = 0; i < paths.length; i++) {
    const short = dense && !whole.has(i);
    if ((paths[i].dataset.short === 'yes') === short) continue;
    paths[i].dataset.short = short ? 'yes' : 'no';
    paths[i].setAttribute('d', outline(events[i], short));
  }
}

// Moves what stands; nothing is made anew, so that ten thousand arrows can be zoomed.
function draw() {
  shape();
  const scale = (width - NAMES) / (view.to - view.from);
  const paths = arrows.children;
  for (let i = 0; i < paths.length; i++) {
    paths[i].setAttribute('transform', `translate(${(NAMES + (events[i].time - view.from) * scale).toFixed(2)})`);
  }
  let text = '';
  for (const lane of lanes.values()) {
    const y = TOP + lane.row * LANE;
    if (lane.row % 2) text += `<rect x="0" y="${y}" width="100%" height="${LANE}"/>`;
    text += `<path d="M${xOf(lane.first).toFixed(1)} ${y + LANE / 2}H${xOf(lane.last).toFixed(1)}"/>`;
    if (lane.end) text += `<path class="end" d="M${xOf(lane.end.time).toFixed(1)} ${y + LANE / 2}m-4 -4l8 8m0 -8l-8 8"><title>${escaped(lane.end.text)}</title></path>`;
  }
  lanesOf.innerHTML = text;
  drawAxis();
  drawOverview();
  drawChosen();
}

const UNITS = [[1, 's'], [1e-3, 'ms'], [1e-6, 'µs'], [1e-9, 'ns']];

function span(seconds) {
  const [unit, name] = UNITS.find(([size]) => Math.abs(seconds) >= size) || UNITS[3];
  return `${+(seconds / unit).toPrecision(4)} ${name}`;
}

// Steps of 1, 2 or 5, some hundred pixels apart; counted from the first event.
function drawAxis() {
  const raw = (view.to - view.from) / Math.max((width - NAMES) / 110, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= raw);
  let text = '';
  for (let n = Math.ceil((view.from - first) / step); n * step <= view.to - first; n++) {
    const x = xOf(first + n * step);
    text += `<line x1="${x}" x2="${x}" y1="14" y2="22"/><text x="${x + 3}" y="14">${n === 0 ? '0' : span(n * step)}</text>`;
  }
  byId('axis').innerHTML = `<svg>${text}</svg>`;
}

function drawOverview() {
  const ratio = window.devicePixelRatio || 1, wide = overview.clientWidth, high = 40;
  overview.width = wide * ratio; overview.height = high * ratio;
  const pen = overview.getContext('2d'), style = getComputedStyle(document.documentElement);
  pen.scale(ratio, ratio);
  const bins = new Uint32Array(Math.max(wide, 1)), scale = wide / (whole.to - whole.from);
  for (const event of events) if (isShown(event)) bins[Math.min(bins.length - 1, Math.floor((event.time - whole.from) * scale))]++;
  const most = bins.reduce((a, b) => Math.max(a, b), 1);
  pen.fillStyle = style.getPropertyValue('--faint');
  bins.forEach((count, x) => { if (count) { const h = 3 + 34 * Math.log1p(count) / Math.log1p(most); pen.fillRect(x, high - h, 1, h); } });
  pen.globalAlpha = 0.25;
  pen.fillStyle = style.getPropertyValue('--mark');
  pen.fillRect((view.from - whole.from) * scale, 0, Math.max((view.to - view.from) * scale, 2), high);
}

function drawChosen() {
  const mark = byId('chosen');
  const event = events[chosen];
  mark.setAttribute('d', event ? outline(event) : '');
  if (event) mark.setAttribute('transform', `translate(${xOf(event.time).toFixed(2)})`);
}

let waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
}

function show(from, to) {
  const least = 1e-8, length = Math.min(Math.max(to - from, least), whole.to - whole.from);
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  view = { from: start, to: start + length };
  redraw();
}

function zoom(factor, around) {
  show(around - (around - view.from) * factor, around + (view.to - around) * factor);
}

const center = () => (view.from + view.to) / 2;

function field(name, value, css = '') {
  if (value === undefined || value === null || value === '') return '';
  const shown = typeof value === 'object' ? Object.entries(value).map(([k, v]) => `${k} ${v === null ? '-' : typeof v === 'object' ? JSON.stringify(v) : v}`).join(', ') : value;
  return `<dt>${escaped(name)}</dt><dd class="${css}">${escaped(shown)}</dd>`;
}

const titled = end => end.pid === null ? 'kernel' : `${end.pid} ${end.comm}`;

function open(index, others = []) {
  chosen = index;
  const event = events[index], line = event.line;
  let text = `<button type="button" class="close" title="close (Esc)">×</button><h2>${escaped(event.signal)}: ${escaped(titled(event.from))} → ${escaped(titled(event.to))}</h2><dl>`;
  text += field('after the first', span(event.time - first));
  text += field('became', event.verdict, 'verdict ' + escaped(event.verdict));
  for (const [key, value] of Object.entries(line)) if (key !== 'verdict' && key !== 'event') text += field(key, value);
  const end = lanes.get(event.to.key).end;
  if (end) text += field('the end', `${span(end.time - event.time)} after: ${end.text}`);
  text += '</dl>';
  if (others.length) {
    text += `<p>At the same place:</p><ol>${others.slice(0, 50).map(i => `<li><button type="button" data-open="${i}">${escaped(events[i].signal)}: ${escaped(titled(events[i].from))} → ${escaped(titled(events[i].to))}</button></li>`).join('')}</ol>`;
  }
  panel.innerHTML = text;
  panel.dataset.event = index;
  const wasHidden = panel.hidden;
  panel.hidden = false;
  if (wasHidden) measure();
  drawChosen();
}

function close() {
  chosen = -1;
  panel.hidden = true;
  delete panel.dataset.event;
  measure();
}

// Opens an event and brings it into view.
function goTo(index) {
  open(index);
  const event = events[index], length = view.to - view.from;
  if (event.time < view.from || event.time > view.to) show(event.time - length / 2, event.time + length / 2);
  const y = middle(event.to.key);
  if (y < chart.scrollTop || y > chart.scrollTop + chart.clientHeight) chart.scrollTop = y - chart.clientHeight / 2;
}

// The events whose arrow passes within a few pixels of this point, the nearest first.
function near(x, y) {
  const to = timeAt(x + NEAR), hits = [];
  for (let i = indexAt(timeAt(x - NEAR)); i < events.length && events[i].time <= to; i++) {
    const b = middle(events[i].to.key), a = dense ? b : middle(events[i].from.key);
    if (isShown(events[i]) && y >= Math.min(a, b) - NEAR && y <= Math.max(a, b) + NEAR) hits.push([Math.abs(xOf(events[i].time) - x) + Math.abs(y - b) / LANE, i]);
  }
  return hits.sort((a, b) => a[0] - b[0]).map(hit => hit[1]);
}

function clicked(mouse) {
  const box = picture.getBoundingClientRect();
  const hits = near(mouse.clientX - box.left, mouse.clientY - box.top);
  // What the browser says was hit is right to the pixel; beside an arrow the nearest one is meant.
  const exact = mouse.target.closest('[data-event]');
  const index = exact ? Number(exact.dataset.event) : hits[0];
  if (index === undefined) close(); else open(index, hits.filter(i => i !== index));
}

function step(by) {
  for (let i = chosen + by; i >= 0 && i < events.length; i += by) if (isShown(events[i])) return goTo(i);
}

function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(word => word);
  const paths = arrows.children;
  found = [];
  arrows.classList.toggle('searched', words.length > 0);
  events.forEach((event, i) => {
    const hit = words.length > 0 && words.every(word => event.words.includes(word));
    if (hit) found.push(i);
    paths[i].classList.toggle('found', hit);
  });
  redraw();
  byId('matches').textContent = words.length ? `${found.length} of ${events.length}` : '';
}

function nextMatch(back) {
  const shown = found.filter(i => isShown(events[i]));
  if (!shown.length) return;
  const later = back ? shown.filter(i => i < chosen).pop() : shown.find(i => i > chosen);
  goTo(later === undefined ? shown[back ? shown.length - 1 : 0] : later);
}

function drawLegend() {
  const counts = new Map();
  for (const event of events) counts.set(event.verdict, (counts.get(event.verdict) || 0) + 1);
  legend.innerHTML = [...counts].sort((a, b) => b[1] - a[1]).map(([verdict, count]) =>
    `<li><button type="button" class="${escaped(verdict)}" data-verdict="${escaped(verdict)}" aria-pressed="true">${escaped(verdict)} ${count}</button></li>`).join('');
}

function toggle(button) {
  const verdict = button.dataset.verdict, hide = button.getAttribute('aria-pressed') === 'true';
  button.setAttribute('aria-pressed', String(!hide));
  if (hide) hiddenVerdicts.add(verdict); else hiddenVerdicts.delete(verdict);
  events.forEach((event, i) => arrows.children[i].classList.toggle('hidden', !isShown(event)));
  redraw();
}

function drawTotals() {
  const lost = report.lost ? ` · <strong>${escaped(report.lost)} lost</strong>` : '';
  const count = lanes.size - (lanes.has('kernel') ? 1 : 0);
  byId('totals').innerHTML = `${events.length} signal${events.length === 1 ? '' : 's'}, ${count} process${count === 1 ? '' : 'es'}, ${span(last - first)}${lost}`;
}

function measure() {
  width = Math.max(picture.clientWidth, NAMES + 100);
  redraw();
}

// Pointer: a short press opens, a drag moves the view.
let drag = null;
chart.addEventListener('pointerdown', e => { if (e.button === 0) drag = { x: e.clientX, from: view.from, to: view.to, moved: false }; });
window.addEventListener('pointermove', e => {
  if (!drag) return;
  if (Math.abs(e.clientX - drag.x) > 4) drag.moved = true;
  if (drag.moved) { const by = (drag.x - e.clientX) / (width - NAMES) * (drag.to - drag.from); show(drag.from + by, drag.to + by); }
});
window.addEventListener('pointerup', () => { if (drag && !drag.moved) drag = null; });
chart.addEventListener('click', e => { const moved = drag && drag.moved; drag = null; if (!moved) clicked(e); });
chart.addEventListener('wheel', e => {
  if (!e.ctrlKey && !e.metaKey && !e.shiftKey && !e.deltaX) return;
  e.preventDefault();
  const x = e.clientX - picture.getBoundingClientRect().left, length = view.to - view.from;
  if (e.ctrlKey || e.metaKey) zoom(Math.exp(e.deltaY / 300), timeAt(Math.max(x, NAMES)));
  else { const by = (e.deltaX || e.deltaY) / (width - NAMES) * length; show(view.from + by, view.to + by); }
}, { passive: false });

let brushing = false;
const brush = e => { const at = whole.from + e.offsetX / overview.clientWidth * (whole.to - whole.from), half = (view.to - view.from) / 2; show(at - half, at + half); };
overview.addEventListener('pointerdown', e => { brushing = true; brush(e); });
overview.addEventListener('pointermove', e => { if (brushing) brush(e); });
window.addEventListener('pointerup', () => { brushing = false; });

const zooms = { in: () => zoom(0.5, center()), out: () => zoom(2, center()), all: () => show(whole.from, whole.to) };
byId('zoom').addEventListener('click', e => { const way = zooms[e.target.dataset.zoom]; if (way) way(); });
legend.addEventListener('click', e => { const button = e.target.closest('button'); if (button) toggle(button); });
panel.addEventListener('click', e => {
  const other = e.target.closest('[data-open]');
  if (other) goTo(Number(other.dataset.open)); else if (e.target.closest('.close')) close();
});
search.addEventListener('input', find);
search.addEventListener('keydown', e => { if (e.key === 'Enter') nextMatch(e.shiftKey); });
const keys = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), '+': zooms.in, '=': zooms.in, '-': zooms.out, '0': zooms.all, '/': () => search.focus(), Escape: close };
window.addEventListener('keydown', e => {
  if (e.target === search) { if (e.key === 'Escape') search.blur(); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || !keys[e.key]) return;
  e.preventDefault();
  keys[e.key]();
});
window.addEventListener('resize', measure);

drawLegend();
drawTotals();
drawOnce();
measure();
// When the first picture is on the screen, in milliseconds since the page was asked for.
requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.painted = Math.round(performance.now()); }));
