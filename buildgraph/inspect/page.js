"use strict";
// The page of a graph. Boxes stand in columns, what a task needs to its left; a name is never cut, so a column is as wide as
// its longest one. A column of very many tasks is folded, so that the whole stays about as wide as it is high. Of a large graph a
// task and its parts are one box, until it is opened or one of the parts is chosen.
const STATES = {
  fresh: ["✓", "up to date"], stale: ["●", "would run"], failed: ["✗", "failed last time"], always: ["↻", "runs every time"], group: ["▤", "stands for others"],
};
const KINDS = {
  rule: ["makes files"], check: ["verifies"], run: ["on demand"], service: ["serves"], plain: ["plain doit task"], group: ["group"],
};
const HEIGHT = 26, GAP_X = 40, GAP_Y = 12, SHOWN = 200, FOLDED = 40, LARGE = 24, READABLE = 0.62;
const all = JSON.parse(document.getElementById("data").textContent);
const byName = new Map(all.map(task => [task.name, task]));
const parts = new Map(), opened = new Set();
let tasks = all;
const makers = new Map();
const canvas = document.getElementById("page"), pen = canvas.getContext("2d"), about = document.getElementById("about"), find = document.getElementById("find");
const FONT = "13px " + getComputedStyle(document.body).fontFamily;
let view = { x: 0, y: 0, scale: 1 }, chosen = null, near = new Set(), found = null, isFitted = true, colours = {}, waiting = 0;
const wanted = { state: new Set(), kind: new Set() };

// Where the boxes stand

function read() {
  for (const task of all) {
    task.after = [];
    task.text = [task.name, task.doc, ...task.inputs, ...task.found, ...task.outputs].join("\n").toLowerCase();
    for (const path of task.outputs) makers.set(path, task.name);
  }
  for (const task of all) task.from = task.before.map(name => byName.get(name));
  for (const task of all) for (const before of task.from) before.after.push(task.name);
  for (const task of all) if (byName.has(task.group)) parts.set(task.group, [...(parts.get(task.group) || []), task]);
  for (const [name, members] of parts) if (members.length < 2) parts.delete(name);
  if (all.length <= LARGE) for (const name of parts.keys()) opened.add(name);
}

function isFolded(task) { return parts.has(task.name) && !opened.has(task.name); }
function shownAs(task) { return parts.has(task.group) && !opened.has(task.group) ? byName.get(task.group) : task; }
function stateOf(task) {  // Of a folded group the state of the part that most wants to be looked at.
  const members = isFolded(task) ? parts.get(task.name) : [];
  return ["failed", "stale", "always", "fresh"].find(state => members.some(member => member.state === state)) || task.state;
}
function noteOf(task) { return isFolded(task) ? "▸ " + parts.get(task.name).length : task.seconds === null ? "" : time(task.seconds); }

function arrange() {
  tasks = all.filter(task => shownAs(task) === task);
  for (const task of tasks) {
    task.links = new Set(); task.followers = new Set();
    task.place = isFolded(task) ? parts.get(task.name).reduce((most, part) => Math.max(most, part.column), 0) : task.column;
  }
  for (const task of all) for (const from of task.from) {
    const one = shownAs(from), other = shownAs(task);
    if (one !== other) { other.links.add(one); one.followers.add(other); }
  }
  for (const task of tasks) { task.links = [...task.links]; task.followers = [...task.followers]; }
  const used = [...new Set(tasks.map(task => task.place))].sort((one, other) => one - other), number = new Map(used.map((place, index) => [place, index]));
  for (const task of tasks) task.place = number.get(task.place);
  place();
  const folds = document.getElementById("folds");
  folds.textContent = opened.size < parts.size ? "Open all groups" : "Fold the groups";
  folds.hidden = !parts.size;
}
function toggle(task) {
  if (!parts.has(task.name)) return;
  if (!opened.delete(task.name)) opened.add(task.name);
  again(task);
}
function again(task) {  // Draw anew what is folded otherwise.
  arrange();
  search();
  if (isFitted) fit();
  if (task) choose(task, true);
}

function place() {
  pen.font = FONT;
  for (const task of tasks) {
    const note = noteOf(task);
    task.label = task.name + (note && "  " + note);
    task.width = Math.ceil(pen.measureText(task.label).width) + 36;
  }
  const columns = [], alone = [];
  for (const task of tasks) (task.links.length || task.followers.length ? (columns[task.place] ||= []) : alone).push(task);
  const most = Math.max(FOLDED, Math.ceil(Math.sqrt(tasks.length) * 1.6));
  let right = 0;
  for (const column of columns) if (column) right = stack(column, right, most) + GAP_X;
  const joined = columns.flat().filter(task => task), top = furthest(joined, task => -task.y);
  for (const task of joined) task.y += top;
  const area = alone.reduce((sum, task) => sum + (task.width + 20) * (HEIGHT + GAP_Y), 0);
  spread(alone, joined.length ? furthest(joined, task => task.y + HEIGHT) + 3 * GAP_Y : 0, Math.max(right - GAP_X, 900, Math.sqrt(area * 1.6)));
}

function stack(column, left, most) {
  const mean = known => known.reduce((sum, before) => sum + before.y, 0) / known.length;
  column.forEach((task, number) => {
    const known = task.links.filter(before => before.place < task.place);
    task.wish = known.length ? mean(known) : number * (HEIGHT + GAP_Y);
  });
  column.sort((one, other) => one.wish - other.wish);
  const isFolded = column.length > most;
  let right = left;
  for (let first = 0; first < column.length; first += most) {
    const part = column.slice(first, first + most), width = Math.max(...part.map(task => task.width));
    let y = isFolded ? 0 : -Infinity;
    for (const task of part) {
      task.x = right;
      task.y = isFolded ? y : Math.max(y, task.wish - overlap(part) / 2);
      y = task.y + HEIGHT + GAP_Y;
    }
    right += width + (first + most < column.length ? 20 : 0);
  }
  return right;
}

function furthest(tasks, of) { return tasks.reduce((most, task) => Math.max(most, of(task)), -Infinity); }

function overlap(part) {  // How much further down the column would end than its tasks wish to.
  return Math.max(0, part.length * (HEIGHT + GAP_Y) - (part[part.length - 1].wish - part[0].wish + HEIGHT + GAP_Y));
}

function spread(alone, top, right) {
  let x = 0, y = top;
  for (const task of alone) {
    if (x && x + task.width > right) { x = 0; y += HEIGHT + GAP_Y; }
    task.x = x; task.y = y;
    x += task.width + 20;
  }
}

// Drawing

function time(seconds) {
  if (seconds < 10) return seconds.toFixed(2) + " s";
  return seconds < 120 ? seconds.toFixed(0) + " s" : (seconds / 60).toFixed(0) + " min";
}
function readColours() {
  const style = getComputedStyle(document.documentElement), value = name => style.getPropertyValue("--" + name).trim();
  for (const name of ["ground", "line", "edge", "text", "soft", "accent", ...Object.keys(STATES).flatMap(state => [state, state + "-line"])]) colours[name] = value(name);
}
function fit(isFirst = false) {
  if (!tasks.length) return;
  const right = furthest(tasks, task => task.x + task.width), low = furthest(tasks, task => task.y + HEIGHT);
  const whole = Math.min(1, (canvas.clientWidth - 24) / right, (canvas.clientHeight - 24) / low);
  view.scale = Math.max(0.02, isFirst && tasks.length < SHOWN ? Math.max(whole, READABLE) : whole);  // At first sight names can be read.
  view.x = Math.max(12, (canvas.clientWidth - right * view.scale) / 2);
  view.y = Math.max(12, (canvas.clientHeight - low * view.scale) / 2);
  isFitted = true;
  draw();
}
function draw() { waiting ||= requestAnimationFrame(() => { waiting = 0; paint(); }); }
function paint() {
  const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * ratio; canvas.height = height * ratio;
  pen.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  const left = -view.x / view.scale, top = -view.y / view.scale, right = left + width / view.scale, low = top + height / view.scale;
  const seen = task => task.x + task.width > left && task.x < right && task.y + HEIGHT > top && task.y < low;
  const isFar = view.scale < 0.25, soft = new Path2D(), strong = new Path2D();
  for (const task of tasks) for (const from of task.links) {
    if (Math.max(task.x, from.x + from.width) < left || from.x > right || Math.max(task.y, from.y) + HEIGHT < top || Math.min(task.y, from.y) > low) continue;
    const line = chosen && (task === chosen || from === chosen) ? strong : soft;
    const x = from.x + from.width, y = from.y + HEIGHT / 2, end = task.y + HEIGHT / 2, bend = Math.max(GAP_X / 2, (task.x - x) / 2);
    line.moveTo(x, y);
    if (isFar && line === soft) line.lineTo(task.x, end); else line.bezierCurveTo(x + bend, y, task.x - bend, end, task.x, end);
  }
  pen.lineWidth = 1.2 / Math.sqrt(view.scale);
  pen.globalAlpha = found || chosen ? 0.35 : isFar ? 0.5 : 1;
  pen.strokeStyle = colours.edge; pen.stroke(soft);
  pen.globalAlpha = 1;
  pen.lineWidth *= 1.8; pen.strokeStyle = colours.accent; pen.stroke(strong);
  pen.font = FONT; pen.textBaseline = "middle";
  for (const task of tasks) if (seen(task)) box(task, isFar);
}
function box(task, isFar) {
  const isStrong = near.has(task) || (found ? found.has(task) : !chosen);
  pen.globalAlpha = isStrong ? 1 : 0.35;
  const state = stateOf(task), note = noteOf(task);
  pen.fillStyle = colours[state]; pen.strokeStyle = task === chosen ? colours.accent : colours[state + "-line"];
  pen.lineWidth = task === chosen ? 2.5 : 1;
  if (isFar) {
    pen.fillRect(task.x, task.y, task.width, HEIGHT);
    if (task === chosen) { pen.lineWidth = 3 / view.scale; pen.strokeRect(task.x, task.y, task.width, HEIGHT); }
  } else {
    const shape = outline(task.kind, task.x, task.y, task.width, HEIGHT);
    if (isFolded(task)) for (const away of [6, 3]) {  // A pile.
      const below = outline("rule", task.x + away, task.y + away, task.width - away, HEIGHT);
      pen.fill(below); pen.stroke(below);
    }
    pen.fill(shape);
    if (task.kind === "group" && !isFolded(task)) pen.setLineDash([4, 3]);
    pen.stroke(shape); pen.setLineDash([]);
    if (task.kind === "service") pen.stroke(outline("rule", task.x + 3, task.y + 3, task.width - 6, HEIGHT - 6));
  }
  if (view.scale > 0.3) {
    const middle = task.y + HEIGHT / 2 + 0.5, name = task.x + 28;
    pen.fillStyle = colours[state + "-line"]; pen.fillText(STATES[state][0], task.x + 11, middle);
    pen.fillStyle = colours.text; pen.fillText(task.name, name, middle);
    if (note) { pen.fillStyle = colours.soft; pen.fillText(note, name + pen.measureText(task.name + "  ").width, middle); }
  }
  pen.globalAlpha = 1;
}
function outline(kind, x, y, width, height) {
  const path = new Path2D();
  if (kind === "run") {
    const tip = height / 3;
    path.moveTo(x, y); path.lineTo(x + width - tip, y); path.lineTo(x + width, y + height / 2); path.lineTo(x + width - tip, y + height); path.lineTo(x, y + height); path.closePath();
  } else path.roundRect(x, y, width, height, kind === "check" ? height / 2 : kind === "plain" ? 0 : 4);
  return path;
}

// The legend, which filters, and the list

function element(tag, values = {}, ...children) {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...children.filter(child => child !== null));
  return made;
}
function legend() {
  const box = document.getElementById("legend");
  for (const [about, title, of] of [["state", "State", STATES], ["kind", "Kind", KINDS]]) {
    const column = element("div", {}, element("h2", { textContent: title }));
    box.append(column);
    for (const name of Object.keys(of)) {
      const count = all.filter(task => task[about] === name).length;
      if (!count) continue;
      const button = element("button", { type: "button", title: "Show only these" }, sample(about, name), element("span", { textContent: of[name].at(-1) }), element("b", { textContent: count }));
      button.setAttribute("aria-pressed", "false");
      button.dataset[about] = name;
      button.onclick = () => {
        const isOn = wanted[about].delete(name) ? false : Boolean(wanted[about].add(name));
        button.setAttribute("aria-pressed", isOn);
        search();
      };
      column.append(button);
    }
  }
}
function sample(about, name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), add = (tag, values) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const key in values) made.setAttribute(key, values[key]);
    svg.append(made);
    return made;
  };
  svg.setAttribute("width", 30); svg.setAttribute("height", 16); svg.setAttribute("aria-hidden", "true");
  const paint = about === "state" ? `fill: var(--${name}); stroke: var(--${name}-line)` : "fill: var(--raised); stroke: var(--group-line)";
  if (about === "kind" && name === "run") add("path", { d: "M1 1H24L29 8L24 15H1Z", style: paint });
  else add("rect", { x: 1, y: 1, width: 28, height: 14, rx: about === "kind" && name === "check" ? 7 : name === "plain" ? 0 : 3, style: paint + (about === "kind" && name === "group" ? "; stroke-dasharray: 4 3" : "") });
  if (about === "kind" && name === "service") add("rect", { x: 4, y: 4, width: 22, height: 8, rx: 2, style: paint });
  if (about === "state") add("text", { x: 15, y: 12.5, "text-anchor": "middle", "font-size": 12, style: `fill: var(--${name}-line)` }).textContent = STATES[name][0];
  return svg;
}
function search() {
  const text = find.value.trim().toLowerCase(), passes = about => task => !wanted[about].size || wanted[about].has(task[about]);
  const isFiltered = text || wanted.state.size || wanted.kind.size;
  const hits = all.filter(task => (!text || task.text.includes(text)) && passes("state")(task) && passes("kind")(task));
  if (text) hits.sort((one, other) => rank(one, text) - rank(other, text));
  found = isFiltered ? new Set(hits.map(shownAs)) : null;
  document.getElementById("said").textContent = isFiltered ? hits.length + " of " + all.length + " tasks" : all.length + " tasks";
  const rows = hits.slice(0, SHOWN).map(task => {
    const button = element("button", { type: "button" }, mark(task), element("span", { textContent: task.name }));
    button.dataset.task = task.name;
    button.onclick = () => choose(task, true);
    return element("li", {}, button);
  });
  if (hits.length > SHOWN) rows.push(element("li", { className: "more", textContent: hits.length - SHOWN + " more: type to narrow the list" }));
  document.getElementById("tasks").replaceChildren(...rows);
  current();
  draw();
  return hits;
}
function rank(task, text) {
  const place = task.name.toLowerCase().indexOf(text);
  return task.name.toLowerCase() === text ? -1 : place < 0 ? 1000 : place;
}
function mark(task) { return element("span", { className: "mark " + task.state, textContent: STATES[task.state][0], title: STATES[task.state][1] }); }
function current() {
  for (const button of document.querySelectorAll("#tasks button")) button.setAttribute("aria-current", chosen !== null && button.dataset.task === chosen.name);
}

// The chosen task

function list(title, items, row, name = "") {
  if (!items.length) return null;
  const rows = element("ul"), show = count => rows.append(...items.slice(rows.children.length, count).map(item => element("li", {}, row(item))));
  show(SHOWN);
  const box = element("section", {}, element("h3", {}, title, name, " (" + items.length + ")"), rows);
  if (items.length > SHOWN) {
    const all = element("button", { type: "button", className: "link", textContent: "show all" });
    all.onclick = () => { show(items.length); all.remove(); };
    box.append(all);
  }
  return box;
}
function toTask(name, text = name) {
  const button = element("button", { type: "button", className: "link", textContent: text });
  button.onclick = () => choose(byName.get(name), true);
  return button;
}
function inputs(task) {  // What tasks make stands below the task that makes it.
  const made = new Map(), given = [];
  for (const path of task.inputs) {
    const maker = makers.get(path);
    if (!maker) given.push(path); else if (made.has(maker)) made.get(maker).push(path); else made.set(maker, [path]);
  }
  return [list("Inputs", given, path => path), ...[...made].map(([maker, paths]) => list("Inputs made by ", paths, path => path, toTask(maker))),
    list("Files that it read when it ran last", task.found, path => path)];
}
function times(task) {
  if (task.seconds === null) return null;
  const box = element("section", {}, element("h3", { textContent: "Duration" }), element("p", { textContent: time(task.seconds) + " when it ran last" }));
  if (task.times.length > 1) {
    const most = Math.max(...task.times), bars = element("div", { className: "bars", role: "img", ariaLabel: "Earlier runs, the last one to the right: " + task.times.map(time).join(", ") });
    for (const seconds of task.times) bars.append(element("i", { style: `height: ${Math.round(40 * seconds / most)}px`, title: time(seconds) }));
    box.append(bars, element("p", { className: "soft", textContent: "in the last runs: " + task.times.map(time).join(", ") }));
  }
  return box;
}
function command(task) {
  if (!task.command) return null;
  return element("section", {}, element("h3", { textContent: "Command" }), element("pre", { textContent: task.command, tabIndex: 0 }));
}
function log(task) {
  if (!task.log) return null;
  return element("section", {}, element("h3", { textContent: "Last log" }), element("p", {}, element("a", { href: task.log_link, textContent: task.log })), element("pre", { textContent: task.said, tabIndex: 0 }));
}
function group(task) {
  if (!parts.has(task.name)) return null;
  const button = element("button", { type: "button", className: "link", textContent: isFolded(task) ? "Show its parts in the graph" : "Fold its parts into one" });
  button.onclick = () => toggle(task);
  const rows = list("Parts", parts.get(task.name), part => element("span", {}, mark(part), toTask(part.name)));
  rows.append(button);
  return rows;
}
function choose(task, move = false) {
  if (task && shownAs(task) !== task) { opened.add(task.group); return again(task); }
  chosen = task;
  near = new Set(task ? [task, ...task.links, ...task.followers] : []);
  about.hidden = !task;
  if (task) {
    const close = element("button", { type: "button", className: "close", textContent: "×", ariaLabel: "Close", title: "Close (Esc)" });
    close.onclick = () => { choose(null); canvas.focus(); };
    const badges = element("p", {}, element("span", { className: "badge " + task.state, textContent: STATES[task.state].join(" ") }), element("span", { className: "badge soft", textContent: KINDS[task.kind][0] }));
    const told = [
      group(task), list("Why it would run", task.why, reason => reason), times(task), log(task), ...inputs(task), list("Outputs", task.outputs, path => path),
      list("Needs", task.before, name => toTask(name)), list("Is needed by", task.after, name => toTask(name)), command(task),
    ];
    about.replaceChildren(close, element("h2", { textContent: task.name }), badges, element("p", { textContent: task.doc }), ...told.filter(part => part !== null));
    about.scrollTop = 0;
  }
  if (task) show(task, move);
  history.replaceState(null, "", task ? "#" + encodeURIComponent(task.name) : location.pathname + location.search);
  current();
  draw();
}
function show(task, isJump) {  // Leave the view as it is if the task is in it, beside what is said of it.
  const width = canvas.clientWidth - (about.offsetWidth < canvas.clientWidth / 2 ? about.offsetWidth : 0), height = canvas.clientHeight;
  const x = task.x * view.scale + view.x, y = task.y * view.scale + view.y, right = x + task.width * view.scale;
  if (!(isJump && view.scale <= 0.3) && x > 0 && y > 0 && right < width && y + HEIGHT * view.scale < height) return;
  if (!isJump) { view.x -= Math.max(0, right + 24 - width); return; }
  if (view.scale <= 0.3) view.scale = 0.8;
  view.x = width / 2 - (task.x + task.width / 2) * view.scale; view.y = height / 2 - task.y * view.scale;
  isFitted = false;
}

// Hands: pointer, wheel, keys

function zoom(factor, x, y) {
  const scale = Math.min(4, Math.max(0.01, view.scale * factor));
  view = { x: x - (x - view.x) * scale / view.scale, y: y - (y - view.y) * scale / view.scale, scale };
  isFitted = false;
  draw();
}
function at(event) {
  const x = (event.offsetX - view.x) / view.scale, y = (event.offsetY - view.y) / view.scale;
  return tasks.find(task => x >= task.x && x <= task.x + task.width && y >= task.y && y <= task.y + HEIGHT) || null;
}
function step(key) {
  if (!chosen) return choose(tasks.find(task => !task.links.length) || tasks[0], true);
  const beside = (tasks, sign) => tasks.filter(task => sign * (task.y - chosen.y) > 0 && Math.abs(task.x - chosen.x) < 1).sort((one, other) => sign * (one.y - other.y))[0];
  const next = { ArrowLeft: () => chosen.links[0], ArrowRight: () => chosen.followers[0], ArrowUp: () => beside(tasks, -1), ArrowDown: () => beside(tasks, 1) }[key]();
  if (next) choose(next, true);
}
let held = null;
canvas.onpointerdown = event => { held = { x: event.clientX, y: event.clientY, moved: 0 }; canvas.setPointerCapture(event.pointerId); };
canvas.onpointermove = event => {
  if (!held) {
    const task = at(event);
    canvas.style.cursor = task ? "pointer" : "grab"; canvas.title = task && view.scale <= 0.5 ? task.name : "";
    return;
  }
  const x = event.clientX - held.x, y = event.clientY - held.y;
  view.x += x; view.y += y;
  held = { x: event.clientX, y: event.clientY, moved: held.moved + Math.abs(x) + Math.abs(y) };
  if (held.moved >= 4) isFitted = false;
  draw();
};
canvas.onpointerup = event => { if (held && held.moved < 4) choose(at(event)); held = null; };
canvas.ondblclick = event => { const task = at(event); if (task) toggle(task); };
canvas.addEventListener("wheel", event => { event.preventDefault(); zoom(Math.exp(-event.deltaY / 500), event.offsetX, event.offsetY); }, { passive: false });
canvas.onkeydown = event => {
  const middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];
  if (event.key.startsWith("Arrow")) step(event.key);
  else if (event.key === "+" || event.key === "=") zoom(1.25, ...middle);
  else if (event.key === "-") zoom(0.8, ...middle);
  else if (event.key === "0") fit();
  else if (event.key === "Enter" && chosen) toggle(chosen);
  else return;
  event.preventDefault();
};
document.getElementById("folds").onclick = () => {
  const names = opened.size < parts.size ? parts.keys() : [];
  opened.clear();
  for (const name of names) opened.add(name);
  isFitted = true;
  choose(null);
  again(null);
};
find.oninput = search;
find.onkeydown = event => {
  if (event.key === "Enter") { const hits = search(); if (hits.length) choose(hits[0], true); }
  else if (event.key === "ArrowDown") document.querySelector("#tasks button")?.focus();
  else return;
  event.preventDefault();
};
document.getElementById("tasks").onkeydown = event => {
  const row = event.target.closest("li"), next = event.key === "ArrowDown" ? row?.nextElementSibling : event.key === "ArrowUp" ? row?.previousElementSibling : null;
  if (!event.key.startsWith("Arrow")) return;
  (next?.querySelector("button") || (event.key === "ArrowUp" && !next ? find : null))?.focus();
  event.preventDefault();
};
addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== find) { find.focus(); find.select(); event.preventDefault(); }
  else if (event.key === "Escape" && chosen) { if (about.contains(document.activeElement)) canvas.focus(); choose(null); }
});
new ResizeObserver(() => isFitted ? fit(true) : draw()).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); draw(); });
addEventListener("hashchange", () => choose(byName.get(decodeURIComponent(location.hash.slice(1))) || null, true));

readColours(); read(); arrange(); legend(); search(); fit(true);
if (location.hash) choose(byName.get(decodeURIComponent(location.hash.slice(1))) || null, true);
