import { a as y, c as A, d, f as j, g as U, h as Q, i as x, l as F, m as $, n as O, o as uPlot, p as w, r, s as a, t as useSignalEffect, u as T } from "./vendor.js";
// src/palette/bindings.ts
var letter = (name) => ({
	key: name,
	code: `Key${name.toUpperCase()}`,
	label: name.toUpperCase()
});
var digit = (n) => ({
	key: String(n),
	code: `Digit${n}`,
	label: String(n)
});
/** bindings is the one table of keys: what the page obeys, and what the help shows. */
var bindings = [
	{
		id: "hold",
		group: "Time",
		title: "Hold this moment, or let go",
		keys: [{
			key: " ",
			code: "Space",
			label: "Space"
		}],
		onlyOutside: true
	},
	{
		id: "live",
		group: "Time",
		title: "Close everything and follow",
		keys: [letter("l")]
	},
	{
		id: "back",
		group: "Time",
		title: "One sample back",
		keys: [{
			key: "ArrowLeft",
			shift: false,
			label: "←"
		}],
		repeats: true
	},
	{
		id: "forward",
		group: "Time",
		title: "One sample forward",
		keys: [{
			key: "ArrowRight",
			shift: false,
			label: "→"
		}],
		repeats: true
	},
	{
		id: "back-ten",
		group: "Time",
		title: "Ten samples back",
		keys: [{
			key: "ArrowLeft",
			shift: true,
			label: "Shift ←"
		}],
		repeats: true
	},
	{
		id: "forward-ten",
		group: "Time",
		title: "Ten samples forward",
		keys: [{
			key: "ArrowRight",
			shift: true,
			label: "Shift →"
		}],
		repeats: true
	},
	{
		id: "oldest",
		group: "Time",
		title: "Left edge of the window",
		keys: [{
			key: "Home",
			label: "Home"
		}],
		onlyOutside: true
	},
	{
		id: "newest",
		group: "Time",
		title: "Newest sample",
		keys: [{
			key: "End",
			label: "End"
		}],
		onlyOutside: true
	},
	{
		id: "previous-change",
		group: "Time",
		title: "Change or event before",
		keys: [{
			key: "[",
			code: "BracketLeft",
			label: "["
		}]
	},
	{
		id: "next-change",
		group: "Time",
		title: "Change or event after",
		keys: [{
			key: "]",
			code: "BracketRight",
			label: "]"
		}]
	},
	...[
		["window-1", "one minute"],
		["window-2", "five minutes"],
		["window-3", "a quarter of an hour"],
		["window-4", "one hour"],
		["window-5", "six hours"],
		["window-6", "a day"]
	].map(([id, title], i) => ({
		id,
		group: "Window",
		title: `Show ${title}`,
		keys: [digit(i + 1)]
	})),
	{
		id: "zoom-in",
		group: "Window",
		title: "Narrower",
		keys: [{
			key: "+",
			label: "+"
		}]
	},
	{
		id: "zoom-out",
		group: "Window",
		title: "Wider",
		keys: [{
			key: "-",
			code: "Minus",
			label: "−"
		}]
	},
	{
		id: "filter",
		group: "Processes",
		title: "Filter the processes",
		keys: [letter("p"), {
			key: "/",
			label: "/"
		}]
	},
	{
		id: "theme",
		group: "Page",
		title: "Theme: system, light, dark",
		keys: [letter("t")]
	},
	{
		id: "units",
		group: "Page",
		title: "Network in bits or bytes",
		keys: [letter("u")]
	},
	{
		id: "zone",
		group: "Page",
		title: "Time zone: host, browser, UTC",
		keys: [letter("z")]
	},
	{
		id: "retry",
		group: "Page",
		title: "Connect again now",
		keys: [letter("r")]
	},
	{
		id: "help",
		group: "Page",
		title: "This help",
		keys: [{
			key: "?",
			label: "?"
		}]
	},
	{
		id: "escape",
		group: "Page",
		title: "Back, one step",
		keys: [{
			key: "Escape",
			label: "Esc"
		}]
	}
];
// src/palette/keys.ts
/**
* bindingFor returns what a key press means, or undefined. A key of a script that has
* no Latin letters is known by its place on the keyboard. A radio group keeps its arrows.
*/
function bindingFor(press, focus) {
	if (press.ctrlKey || press.altKey || press.metaKey || press.isComposing || focus === "input") return void 0;
	return bindings.find((binding) => (!press.repeat || binding.repeats === true) && (binding.onlyOutside !== true || focus !== "control" && focus !== "radio") && !(focus === "radio" && press.key.startsWith("Arrow")) && binding.keys.some((key) => matches$1(press, key)));
}
function matches$1(press, key) {
	if (key.shift !== void 0 && key.shift !== press.shiftKey) return false;
	if (press.key === key.key || press.key.toLowerCase() === key.key) return true;
	return key.code !== void 0 && isOtherScript(press.key) && press.code === key.code;
}
function isOtherScript(key) {
	return key.length === 1 && key.charCodeAt(0) > 591;
}
/** focusPlace says what kind of element has the focus. */
function focusPlace(target) {
	if (!(target instanceof Element) || target === document.body) return "page";
	if (target.closest("dialog, [popover], [role=\"menu\"]")) return "input";
	if (target instanceof HTMLInputElement) return target.type === "radio" ? "radio" : "input";
	if (target.matches("textarea, select, [contenteditable=\"true\"]")) return "input";
	if (target.matches("[role=\"slider\"]")) return "chart";
	return target.matches("button, a, summary, [tabindex]") ? "control" : "page";
}
// src/palette/registry.ts
/**
* listenToKeys lets single keys run commands until the returned function is called.
*/
function listenToKeys(target, commands) {
	const onKeyDown = (event) => {
		if (event.defaultPrevented) return;
		const binding = bindingFor(event, focusPlace(event.target));
		if (!binding) return;
		event.preventDefault();
		commands[binding.id]();
	};
	target.addEventListener("keydown", onKeyDown);
	return () => target.removeEventListener("keydown", onKeyDown);
}
// src/ui/icons.tsx
function Stroke({ children }) {
	return /* @__PURE__ */ a("svg", {
		viewBox: "0 0 16 16",
		fill: "none",
		stroke: "currentColor",
		"stroke-width": "1.6",
		"stroke-linecap": "round",
		"stroke-linejoin": "round",
		"aria-hidden": "true",
		children
	});
}
function Mark({ class: className }) {
	return /* @__PURE__ */ a("svg", {
		class: className,
		viewBox: "0 0 18 18",
		fill: "none",
		stroke: "currentColor",
		"stroke-width": "1.6",
		"aria-hidden": "true",
		children: [/* @__PURE__ */ a("rect", {
			x: "1",
			y: "1",
			width: "16",
			height: "16",
			rx: "4.2"
		}), /* @__PURE__ */ a("path", {
			class: "mark-line",
			d: "M3.6 10.2h2.6l1.7-4.6 2.4 7.4 1.6-4.4h2.5",
			"stroke-linecap": "round",
			"stroke-linejoin": "round"
		})]
	});
}
function HoldIcon() {
	return /* @__PURE__ */ a(Stroke, { children: /* @__PURE__ */ a("path", { d: "M5.5 3.2v9.6M10.5 3.2v9.6" }) });
}
function PlayIcon() {
	return /* @__PURE__ */ a(Stroke, { children: /* @__PURE__ */ a("path", { d: "M5 3.2v9.6l7.6-4.8z" }) });
}
function SearchIcon() {
	return /* @__PURE__ */ a(Stroke, { children: [/* @__PURE__ */ a("circle", {
		cx: "7",
		cy: "7",
		r: "4.2"
	}), /* @__PURE__ */ a("path", { d: "M10.2 10.2 14 14" })] });
}
function ThemeIcon() {
	return /* @__PURE__ */ a(Stroke, { children: [/* @__PURE__ */ a("circle", {
		cx: "8",
		cy: "8",
		r: "5.6"
	}), /* @__PURE__ */ a("path", {
		d: "M8 2.4v11.2A5.6 5.6 0 0 0 8 2.4Z",
		fill: "currentColor"
	})] });
}
function HelpIcon() {
	return /* @__PURE__ */ a(Stroke, { children: /* @__PURE__ */ a("path", { d: "M5.6 6a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.1.9-1.1 1.7M8 12.6v.2" }) });
}
function CloseIcon() {
	return /* @__PURE__ */ a(Stroke, { children: /* @__PURE__ */ a("path", { d: "M4 4l8 8M12 4l-8 8" }) });
}
function BackIcon() {
	return /* @__PURE__ */ a(Stroke, { children: /* @__PURE__ */ a("path", { d: "M10 3.5 5.5 8l4.5 4.5" }) });
}
function ForwardIcon() {
	return /* @__PURE__ */ a(Stroke, { children: /* @__PURE__ */ a("path", { d: "M6 3.5 10.5 8 6 12.5" }) });
}
function MoreIcon() {
	return /* @__PURE__ */ a(Stroke, { children: /* @__PURE__ */ a("path", { d: "M3.5 4.5h9M3.5 8h9M3.5 11.5h9" }) });
}
/** SortIcon is the direction a column is sorted by. */
function SortIcon({ descending }) {
	return /* @__PURE__ */ a("svg", {
		viewBox: "0 0 8 8",
		fill: "currentColor",
		"aria-hidden": "true",
		children: /* @__PURE__ */ a("path", { d: descending ? "M0 1.5h8L4 7z" : "M0 6.5h8L4 1z" })
	});
}
var shapes = {
	critical: "M4.5 .4 8.9 8.6H.1Z",
	warn: "M.8.8h7.4v7.4H.8Z",
	errors: "M.4 1.8 1.8.4l2.7 2.7L7.2.4l1.4 1.4-2.7 2.7 2.7 2.7-1.4 1.4-2.7-2.7-2.7 2.7L.4 7.2l2.7-2.7Z"
};
/** shapePath is the outline of a state's shape in a box of 9 by 9. */
function shapePath(shape) {
	return shapes[shape];
}
/** StateShape says how bad something is to whoever cannot tell its colour. */
function StateShape({ shape }) {
	return /* @__PURE__ */ a("svg", {
		viewBox: "0 0 9 9",
		fill: "currentColor",
		"aria-hidden": "true",
		children: /* @__PURE__ */ a("path", { d: shapes[shape] })
	});
}
/** Chevron opens and closes a section. */
function Chevron() {
	return /* @__PURE__ */ a("svg", {
		viewBox: "0 0 10 10",
		fill: "none",
		stroke: "currentColor",
		"stroke-width": "1.6",
		"aria-hidden": "true",
		children: /* @__PURE__ */ a("path", { d: "M3 1.2 7 5 3 8.8" })
	});
}
// src/palette/help-dialog.tsx
var groups = [
	"Time",
	"Window",
	"Processes",
	"Page"
];
/** HelpDialog shows the table of keys; nothing in it is written twice. */
function HelpDialog({ dialog }) {
	return /* @__PURE__ */ a("dialog", {
		class: "help-dialog",
		ref: dialog,
		"aria-labelledby": "help-title",
		children: [
			/* @__PURE__ */ a("div", {
				class: "help-head",
				children: [/* @__PURE__ */ a("h2", {
					id: "help-title",
					children: "Keys"
				}), /* @__PURE__ */ a("button", {
					type: "button",
					class: "icon-button",
					"aria-label": "close",
					onClick: () => dialog.current?.close(),
					children: /* @__PURE__ */ a(CloseIcon, {})
				})]
			}),
			/* @__PURE__ */ a("div", {
				class: "help-groups",
				children: groups.map((group) => /* @__PURE__ */ a("section", {
					class: "help-group",
					children: [/* @__PURE__ */ a("h3", { children: group }), /* @__PURE__ */ a("dl", { children: bindings.filter((binding) => binding.group === group).map((binding) => /* @__PURE__ */ a("div", { children: [/* @__PURE__ */ a("dt", { children: binding.title }), /* @__PURE__ */ a("dd", { children: binding.keys.map((key) => /* @__PURE__ */ a("kbd", { children: key.label }, key.label)) })] }, binding.id)) })]
				}, group))
			}),
			/* @__PURE__ */ a("p", {
				class: "help-foot",
				children: "Point at a chart to see that second everywhere; press to pin it. Every key is also a button."
			})
		]
	});
}
// src/panels/host-gaps.tsx
/** gapsOf lists what the collectors could not read, and why. */
function gapsOf(health) {
	const gaps = [];
	for (const { collector, title, state, reason, unavailable } of health) {
		const name = title === "" ? collector : title;
		if (state !== "ok" && reason !== void 0 && reason !== "") gaps.push({
			collector: name,
			source: words[state],
			reason
		});
		for (const each of unavailable ?? []) gaps.push({
			collector: name,
			source: each.source,
			reason: each.reason
		});
	}
	return gaps;
}
var words = {
	ok: "",
	late: "answers late",
	failing: "fails",
	stuck: "does not answer",
	off: "off"
};
/** HostGaps says what this host cannot tell, so that nobody takes silence for health. */
function HostGaps({ health, open }) {
	const gaps = gapsOf(health);
	return /* @__PURE__ */ a("details", {
		class: "resource-section",
		id: "section-gaps",
		open,
		children: [/* @__PURE__ */ a("summary", {
			class: "section-head",
			children: [
				/* @__PURE__ */ a(Chevron, {}),
				/* @__PURE__ */ a("h2", { children: "What this host cannot tell us" }),
				/* @__PURE__ */ a("span", {
					class: "section-note",
					children: gaps.length === 0 ? "nothing is missing" : gaps.length
				})
			]
		}), gaps.length > 0 && /* @__PURE__ */ a("div", {
			class: "host-gaps",
			children: /* @__PURE__ */ a("table", { children: [/* @__PURE__ */ a("thead", { children: /* @__PURE__ */ a("tr", { children: [
				/* @__PURE__ */ a("th", {
					scope: "col",
					children: "part"
				}),
				/* @__PURE__ */ a("th", {
					scope: "col",
					children: "source"
				}),
				/* @__PURE__ */ a("th", {
					scope: "col",
					children: "why"
				})
			] }) }), /* @__PURE__ */ a("tbody", { children: gaps.map((gap) => /* @__PURE__ */ a("tr", { children: [
				/* @__PURE__ */ a("th", {
					scope: "row",
					children: gap.collector
				}),
				/* @__PURE__ */ a("td", { children: /* @__PURE__ */ a("code", { children: gap.source }) }),
				/* @__PURE__ */ a("td", { children: gap.reason })
			] }, `${gap.collector} ${gap.source}`)) })] })
		})]
	});
}
// src/data/schema.ts
/** seriesKey is what makes a series itself across instances: its name and labels. */
function seriesKey(info) {
	const labels = Object.entries(info.labels ?? {}).sort(([a], [b]) => a < b ? -1 : 1);
	return [info.name, ...labels.flat()].join("\0");
}
/** matches says whether a series has one of the wanted values for every name, as label or as info. */
function matches(info, match) {
	if (!match) return true;
	return Object.entries(match).every(([name, wanted]) => {
		const value = info.labels?.[name] ?? info.info?.[name];
		return value !== void 0 && wanted.includes(value);
	});
}
/** Schema is what the newest revision says. */
var Schema = class {
	#series = /* @__PURE__ */ new Map();
	#families = /* @__PURE__ */ new Map();
	#all = [];
	#rev = -1;
	panels = [];
	resources = [];
	tables = [];
	/** The revision, −1 before the first one. */
	get rev() {
		return this.#rev;
	}
	get all() {
		return this.#all;
	}
	get(id) {
		return this.#series.get(id);
	}
	family(name) {
		return this.#families.get(name) ?? [];
	}
	/** Applies a message and returns whether it replaced everything. */
	apply(message) {
		const complete = message.series !== void 0;
		const dropped = complete ? Array.from(this.#series.keys()) : message.drop ?? [];
		const added = [...message.series ?? [], ...message.add ?? []];
		for (const id of dropped) this.#series.delete(id);
		for (const info of added) this.#series.set(info.id, info);
		this.panels = message.panels ?? (complete ? [] : this.panels);
		this.resources = message.resources ?? (complete ? [] : this.resources);
		this.tables = message.tables ?? (complete ? [] : this.tables);
		this.#rev = message.rev;
		this.#all = Array.from(this.#series.values()).sort((a, b) => a.id - b.id);
		const families = /* @__PURE__ */ new Map();
		for (const info of this.#all) {
			const members = families.get(info.name);
			if (members) members.push(info);
			else families.set(info.name, [info]);
		}
		this.#families = families;
		return {
			complete,
			added,
			dropped
		};
	}
};
// src/charts/colors.ts
/** The series colours in the order in which unnamed series take them. */
var SERIES_TOKENS = [
	"c1",
	"c2",
	"c4",
	"c5",
	"c6",
	"c3",
	"c7"
];
/** readColors asks the style sheet once; ask again when the theme changes. */
function readColors(el) {
	const style = getComputedStyle(el);
	const token = (name, fallback) => {
		const value = style.getPropertyValue(name).trim();
		return value === "" ? fallback : value;
	};
	const series = new Map([
		"c1",
		"c2",
		"c3",
		"c4",
		"c5",
		"c6",
		"c7",
		"c8"
	].map((name) => [name, token(`--${name}`, "#888888")]));
	return {
		series: (name) => series.get(name) ?? series.get("c8") ?? "#888888",
		text: token("--color-text", "#000000"),
		dim: token("--color-dim", "#555555"),
		faint: token("--color-faint", "#777777"),
		line: token("--color-line", "#cccccc"),
		panel: token("--color-panel", "#ffffff"),
		grid: token("--color-grid", "#eeeeee"),
		cross: token("--color-cross", "#333333"),
		hatch: token("--color-hatch", "#999999"),
		warn: token("--color-warn", "#996600"),
		critical: token("--color-critical", "#990033"),
		live: token("--color-live", "#007744"),
		fill: Number(token("--fill", "0.3")),
		font: token("--font", "sans-serif")
	};
}
function watchColors(el, changed) {
	let colors;
	const renew = () => {
		colors = void 0;
		changed();
	};
	const observer = new MutationObserver(renew);
	observer.observe(document.documentElement, {
		attributes: true,
		attributeFilter: ["data-theme", "class"]
	});
	const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
	for (const query of queries) query.addEventListener("change", renew);
	return {
		get colors() {
			colors ??= readColors(el);
			return colors;
		},
		dispose() {
			observer.disconnect();
			for (const query of queries) query.removeEventListener("change", renew);
		}
	};
}
/** withAlpha gives a colour an opacity, whatever notation it is in. */
var withAlpha = (color, alpha) => `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
// src/charts/layers.ts
/** Up to so many instances are drawn singly; of more the largest, and the rest together. */
var MAX_SINGLE = 7;
var TOP$1 = 6;
/** resolveCurves returns the curves of a panel in the order in which they are drawn, bottom up. */
function resolveCurves(panel, store, ranking) {
	return panel.layers && panel.layers.length > 0 ? fromLayers(panel, store) : fromSeries(panel, store, ranking);
}
function fromLayers(panel, store) {
	const curves = [];
	for (const layer of panel.layers ?? []) {
		const series = store.find(layer.family, layer.match).filter((info) => matches(info, panel.where));
		const style = layer.style ?? (panel.stack === true ? "area" : "line");
		const curve = toCurve(panel, layer.title, layer.color, style, series, layer.reduce ?? "sum");
		if (curve) curves.push(curve);
	}
	return curves;
}
function fromSeries(panel, store, ranking) {
	const series = panel.families.flatMap((family) => store.find(family, panel.where));
	const named = new Map(series.map((info) => [info, seriesTitle(info, series, panel)]));
	const style = panel.stack === true ? "area" : "line";
	const one = (info) => {
		const curve = toCurve(panel, named.get(info) ?? info.name, ranking.color(info.id, SERIES_TOKENS), style, [info], "max");
		return curve ? [curve] : [];
	};
	if (series.length <= MAX_SINGLE) return series.flatMap(one);
	const top = ranking.top(series.map((info) => info.id), TOP$1);
	const shown = series.filter((info) => top.has(info.id));
	const rest = series.filter((info) => !top.has(info.id));
	const other = panel.sum === true ? toCurve(panel, "other", "c8", style, rest, "sum") : void 0;
	return [...shown.flatMap(one), ...other ? [other] : []];
}
function toCurve(panel, title, color, style, series, reduce) {
	const [first] = series;
	if (!first) return void 0;
	return {
		key: `${panel.id}:${title}`,
		title,
		color,
		style,
		ids: series.map((info) => info.id),
		reduce,
		unit: first.unit ?? "",
		kind: first.kind,
		max: Math.max(0, ...series.map((info) => info.max ?? 0)),
		warn: first.warn ?? 0,
		crit: first.crit ?? 0
	};
}
/** seriesTitle tells a series from its neighbours by its labels, and by its name where they are of several families. */
function seriesTitle(info, among, panel) {
	const said = (name) => panel?.where?.[name]?.length === 1;
	const labels = Object.entries(info.labels ?? {}).filter(([name]) => !said(name)).map(([, value]) => value);
	return [...among.some((other) => other.name !== info.name) || labels.length === 0 ? [info.name.split(".").slice(1).join(" ") || info.name] : [], ...labels].join(" ");
}
/** panelFamilies are the patterns with which the curves of a panel are asked for. */
var panelFamilies = (panel) => Array.from(/* @__PURE__ */ new Set([...panel.families, ...(panel.layers ?? []).map((layer) => layer.family)]));
/** readRows writes a curve's values of the rows from..to−1 into out; missing values are left out, and NaN where all are. */
function readRows(store, curve, from, to, out, scratch) {
	const length = to - from;
	out.fill(NaN, 0, length);
	for (const id of curve.ids) {
		const column = store.column(id);
		if (!column) continue;
		column.read(from, to, scratch);
		fold(out, scratch, length, curve.reduce);
	}
}
/** valueAt is a curve's value at one row. */
function valueAt(store, curve, index) {
	let found = null;
	for (const id of curve.ids) {
		const value = store.value(id, index);
		if (value === null) continue;
		found = found === null ? value : curve.reduce === "sum" ? found + value : Math.max(found, value);
	}
	return found;
}
/** readBuckets writes one aspect of a curve over buckets into out. */
function readBuckets(buckets, curve, aspect, out) {
	const length = buckets.t.length;
	out.fill(NaN, 0, length);
	for (const id of curve.ids) {
		const series = buckets.series.get(id);
		if (series) fold(out, series[aspect], length, aspect === "n" || aspect === "maxSeq" ? "max" : curve.reduce);
	}
}
function fold(out, values, length, reduce) {
	for (let i = 0; i < length; i++) {
		const value = values[i] ?? NaN;
		if (Number.isNaN(value)) continue;
		const sum = out[i] ?? NaN;
		out[i] = Number.isNaN(sum) ? value : reduce === "sum" ? sum + value : Math.max(sum, value);
	}
}
/** legendAt reads the legend of a panel at a row. */
function legendAt(store, curves, index, hidden) {
	return curves.map((curve) => ({
		curve,
		value: index < 0 ? null : valueAt(store, curve, index),
		hidden: hidden.has(curve.key)
	}));
}
// src/data/column.ts
var MISSING_32 = -2147483648;
var LARGEST_32 = 2147483647;
/** Column holds one value per row slot; a slot that was never written is missing. */
var Column = class {
	#cells;
	#narrow = true;
	constructor(size) {
		this.#cells = new Int32Array(size).fill(MISSING_32);
	}
	/** The quanta at a slot, NaN where missing. */
	at(slot) {
		const cell = this.#cells[slot];
		return cell === void 0 || cell === MISSING_32 && this.#narrow ? NaN : cell;
	}
	/** Writes quanta; null is missing. */
	set(slot, quanta) {
		if (quanta !== null && this.#narrow && (quanta > LARGEST_32 || quanta <= MISSING_32)) this.#widen();
		this.#cells[slot] = quanta ?? this.#missing();
	}
	/** Repeats the value of one slot in another. */
	copy(from, to) {
		this.#cells[to] = this.#cells[from] ?? this.#missing();
	}
	/** Moves the cells from a slot on to the front and empties what is behind them. */
	shift(slots) {
		this.#cells.copyWithin(0, slots);
		this.#cells.fill(this.#missing(), Math.max(0, this.#cells.length - slots));
	}
	/** Writes value = quanta × quantum of the slots from..to−1 into out, NaN where missing. */
	read(from, to, quantum, out) {
		const cells = this.#cells;
		const narrow = this.#narrow;
		for (let slot = from, i = 0; slot < to; slot++, i++) {
			const cell = cells[slot];
			out[i] = cell === void 0 || narrow && cell === MISSING_32 ? NaN : cell * quantum;
		}
	}
	#missing() {
		return this.#narrow ? MISSING_32 : NaN;
	}
	#widen() {
		this.#cells = Float64Array.from(this.#cells, (cell) => cell === MISSING_32 ? NaN : cell);
		this.#narrow = false;
	}
};
// src/data/ledger.ts
/** Ledger keeps the counts. */
var Ledger = class {
	#expected = 0;
	#received = 0;
	#filled = 0;
	#lost = 0;
	#interruptions = 0;
	#last;
	#open;
	get expected() {
		return this.#expected;
	}
	get received() {
		return this.#received;
	}
	get filled() {
		return this.#filled;
	}
	get lost() {
		return this.#lost;
	}
	get interruptions() {
		return this.#interruptions;
	}
	get last() {
		return this.#last;
	}
	/** Whether an interruption has not been settled yet. */
	get interrupted() {
		return this.#open !== void 0;
	}
	expect(rows) {
		this.#expected += rows;
	}
	receive() {
		this.#received++;
	}
	fill() {
		this.#filled++;
	}
	interrupt(fromMs) {
		this.#open ??= {
			fromMs,
			filled: this.#filled,
			lost: this.#lost
		};
	}
	/** Counts what is still missing as lost and ends an open interruption. */
	settle(toMs) {
		this.#lost = Math.max(0, this.#expected - this.#received - this.#filled);
		if (!this.#open) return void 0;
		const { fromMs, filled, lost } = this.#open;
		this.#open = void 0;
		this.#interruptions++;
		this.#last = {
			fromMs,
			toMs,
			filled: this.#filled - filled,
			lost: this.#lost - lost
		};
		return this.#last;
	}
};
// src/data/rows.ts
/** How many of the newest rows are kept raw. */
var KEPT_ROWS = 3600;
/** The number of slots of every column. */
var SLOTS = 4200;
/** Rows maps positions (sequence numbers continued across instances) to slots. */
var Rows = class {
	#times = new Float64Array(SLOTS).fill(NaN);
	#base = 0;
	#first = 0;
	#last = -1;
	/** The position of slot 0. */
	get base() {
		return this.#base;
	}
	/** The lowest and the highest position held; first > last while there is none. */
	get first() {
		return this.#first;
	}
	get last() {
		return this.#last;
	}
	get length() {
		return this.#last - this.#first + 1;
	}
	has(position) {
		return position >= this.#first && position <= this.#last && !Number.isNaN(this.time(position));
	}
	/** Unix milliseconds of a row, NaN where it was not received. */
	time(position) {
		return this.#times[position - this.#base] ?? NaN;
	}
	/**
	* Makes room for a row and returns its slot, or −1 if it is older than what is kept.
	* moved is called with the number of slots by which all cells move to the front first.
	*/
	place(position, t, moved) {
		if (this.length <= 0) {
			this.#base = Math.max(0, position - KEPT_ROWS + 1);
			this.#first = position;
			this.#last = position;
		} else if (position > this.#last) {
			this.#makeRoom(position, moved);
			this.#last = position;
			if (this.#first > position) this.#first = position;
		} else if (position < this.#first) {
			if (position < this.#base || position <= this.#last - 3600) return -1;
			this.#first = position;
		}
		const slot = position - this.#base;
		this.#times[slot] = t;
		this.#trim();
		return slot;
	}
	/** The position of the row at the given time or the nearest before it, −1 if there is none. */
	atTime(ms) {
		let low = this.#first;
		let high = this.#last;
		while (low <= high) {
			let middle = low + high >> 1;
			while (middle >= low && Number.isNaN(this.time(middle))) middle--;
			if (middle < low) {
				low = (low + high >> 1) + 1;
				continue;
			}
			if (this.time(middle) <= ms) low = (low + high >> 1) + 1;
			else high = middle - 1;
		}
		for (let position = low - 1; position >= this.#first; position--) if (this.has(position)) return position;
		return -1;
	}
	clear() {
		this.#times.fill(NaN);
		this.#base = 0;
		this.#first = 0;
		this.#last = -1;
	}
	#makeRoom(position, moved) {
		if (position - this.#base < 4200) return;
		const slots = position - KEPT_ROWS + 1 - this.#base;
		this.#base += slots;
		if (slots >= 4200) this.#times.fill(NaN);
		else {
			this.#times.copyWithin(0, slots);
			this.#times.fill(NaN, SLOTS - slots);
		}
		moved(Math.min(slots, SLOTS));
		this.#first = Math.max(this.#first, this.#base);
	}
	/** The first row held is one that was received. */
	#trim() {
		this.#first = Math.max(this.#first, this.#last - KEPT_ROWS + 1);
		while (this.#first < this.#last && Number.isNaN(this.time(this.#first))) this.#first++;
	}
};
// src/data/tables.ts
/** TableStore holds one table. */
var TableStore = class {
	#rows = /* @__PURE__ */ new Map();
	#info;
	#index;
	#seq = 0;
	#t = 0;
	#partial = "";
	constructor(info) {
		this.#info = info;
		this.#index = indexOf(info);
	}
	get info() {
		return this.#info;
	}
	/** The row of the ring that this observation entered; 0 while there is none. */
	get seq() {
		return this.#seq;
	}
	/** Its time in Unix milliseconds. */
	get t() {
		return this.#t;
	}
	/** Why rows are missing, '' where none are. */
	get partial() {
		return this.#partial;
	}
	get size() {
		return this.#rows.size;
	}
	/** The place of a column in the cells of a row, −1 where there is no such column. */
	column(name) {
		return this.#index.get(name) ?? -1;
	}
	/** The cells of a row. */
	row(key) {
		return this.#rows.get(key);
	}
	/** All rows, in no particular order. */
	rows() {
		return Array.from(this.#rows, ([key, cells]) => ({
			key,
			cells
		}));
	}
	describe(info) {
		this.#info = info;
		this.#index = indexOf(info);
	}
	apply(message) {
		if (message.base === 0) this.#rows.clear();
		else if (message.base !== this.#seq) return "needs-full";
		for (const [key, changed] of message.rows) this.#rows.set(key, this.#merge(this.#rows.get(key), changed));
		for (const key of message.gone ?? []) this.#rows.delete(key);
		this.#seq = message.seq;
		this.#t = message.t;
		this.#partial = message.partial ?? "";
		return "applied";
	}
	/** Forgets everything, so that only a full observation applies. */
	clear() {
		this.#rows.clear();
		this.#seq = 0;
		this.#t = 0;
	}
	#merge(before, changed) {
		const cells = before ?? new Array(this.#info.columns.length).fill(null);
		for (const [name, value] of Object.entries(changed)) {
			const at = this.#index.get(name);
			const column = at === void 0 ? void 0 : this.#info.columns[at];
			if (at !== void 0 && column) cells[at] = cellValue(column, value);
		}
		return cells;
	}
};
/** cellValue gives a cell from the wire its unit. */
function cellValue(column, value) {
	return typeof value === "number" ? value * (column.quantum ?? 1) : value;
}
var indexOf = (info) => new Map(info.columns.map((column, i) => [column.name, i]));
// src/data/store.ts
var UNCHANGED = {
	rows: 0,
	schema: false,
	hello: false,
	restarted: false,
	table: void 0,
	health: false,
	event: false,
	resync: false,
	resyncTable: void 0,
	resumed: void 0
};
var createStore = () => new RowStore();
var RowStore = class {
	#rows = new Rows();
	#schema = new Schema();
	#ledger = new Ledger();
	#tables = /* @__PURE__ */ new Map();
	#health = /* @__PURE__ */ new Map();
	#missed = /* @__PURE__ */ new Map();
	/** Rows that were said to be no longer remembered, by position. */
	#forgotten = [];
	#columns = /* @__PURE__ */ new Map();
	#events = [];
	#hello;
	/** position = seq + offset; rows of an earlier instance lie below #boundary. */
	#offset = 0;
	#boundary = 0;
	/** The highest row of this instance that is expected, known or not. */
	#expected = 0;
	/** Rows up to here were there before this page was opened. */
	#joined = 0;
	#needsSchema = true;
	get instance() {
		return this.#hello?.instance ?? "";
	}
	get rev() {
		return this.#schema.rev;
	}
	get host() {
		return this.#hello?.host;
	}
	get hello() {
		return this.#hello;
	}
	get intervalMs() {
		return this.#hello?.intervalMs ?? 1e3;
	}
	get oldest() {
		return this.newest === 0 ? 0 : Math.max(this.#rows.first, this.#boundary) - this.#offset;
	}
	get newest() {
		return this.#rows.length > 0 && this.#rows.last >= this.#boundary ? this.#rows.last - this.#offset : 0;
	}
	get length() {
		return Math.max(0, this.#rows.length);
	}
	get ledger() {
		return this.#ledger;
	}
	get health() {
		return this.#health;
	}
	get events() {
		return this.#events;
	}
	series() {
		return this.#schema.all;
	}
	info(id) {
		return this.#schema.get(id);
	}
	byFamily(name) {
		return this.#schema.family(name);
	}
	find(family, match) {
		return this.#schema.family(family).filter((info) => matches(info, match));
	}
	panels() {
		return this.#schema.panels;
	}
	resources() {
		return this.#schema.resources;
	}
	table(name) {
		return this.#tables.get(name);
	}
	rowAt(seq) {
		const position = seq + this.#offset;
		return position >= this.#boundary && this.#rows.has(position) ? position - this.#rows.first : -1;
	}
	seqAt(index) {
		const position = this.#rows.first + index;
		return position >= this.#boundary && this.#rows.has(position) ? position - this.#offset : void 0;
	}
	indexAtTime(ms) {
		const position = this.#rows.atTime(ms);
		return position < 0 ? -1 : position - this.#rows.first;
	}
	has(index) {
		return this.#rows.has(this.#rows.first + index);
	}
	time(index) {
		return this.has(index) ? this.#rows.time(this.#rows.first + index) : NaN;
	}
	value(id, index) {
		const info = this.#schema.get(id);
		if (!info || !this.has(index)) return null;
		const quanta = this.#columns.get(id)?.at(this.#rows.first + index - this.#rows.base) ?? NaN;
		return Number.isNaN(quanta) ? null : quanta * info.quantum;
	}
	column(id) {
		const info = this.#schema.get(id);
		const column = this.#columns.get(id);
		if (!info || !column) return void 0;
		const rows = this.#rows;
		return {
			info,
			at: (index) => this.value(id, index),
			read: (from, to, out) => {
				const slot = rows.first - rows.base;
				column.read(slot + from, slot + to, info.quantum, out);
			}
		};
	}
	skippedBefore(index) {
		return this.#missed.get(this.#rows.first + index);
	}
	gaps(from, to) {
		const rows = this.#rows;
		const gaps = [];
		if (rows.length <= 0) return gaps;
		let before = rows.first;
		for (let position = rows.first + 1; position <= rows.last; position++) {
			if (!rows.has(position)) continue;
			const start = rows.time(before);
			const end = rows.time(position);
			const holes = position - before > 1;
			const skipped = this.#missed.get(position);
			if (end >= from && start <= to) {
				if (position === this.#boundary) gaps.push({
					from: start,
					to: end,
					kind: "restart",
					why: "dashcam was started anew"
				});
				else if (holes) gaps.push({
					from: start,
					to: end,
					kind: this.#isForgotten(before + 1) ? "not-remembered" : "not-received",
					why: ""
				});
				else if (skipped) gaps.push({
					from: start,
					to: end,
					kind: "not-sampled",
					why: skipped.why
				});
			}
			before = position;
		}
		const rememberedFrom = this.#hello?.oldestT ?? 0;
		const known = Math.min(rememberedFrom > 0 ? rememberedFrom : Infinity, rows.time(rows.first));
		if (from < known) gaps.unshift({
			from,
			to: Math.min(known, to),
			kind: "not-remembered",
			why: ""
		});
		return gaps;
	}
	apply(message) {
		switch (message.type) {
			case "hello": return this.#applyHello(message);
			case "schema": return this.#applySchema(message);
			case "history": return this.#applyHistory(message);
			case "frame": return this.#applyFrame(message);
			case "table": {
				const table = this.#tables.get(message.table);
				if (!table) return UNCHANGED;
				if (table.apply(message) === "needs-full") return {
					...UNCHANGED,
					resyncTable: message.table
				};
				return {
					...UNCHANGED,
					table: message.table
				};
			}
			case "health":
				this.#health.set(message.collector, message);
				return {
					...UNCHANGED,
					health: true
				};
			case "event":
				if (this.#events.some((known) => known.seq === message.seq && known.kind === message.kind && known.t === message.t)) return UNCHANGED;
				this.#events = [...this.#events, message].slice(-500);
				return {
					...UNCHANGED,
					event: true
				};
			case "pong":
			case "bye": return UNCHANGED;
		}
	}
	#applyHello(hello) {
		const known = this.#hello;
		const restarted = known !== void 0 && known.instance !== hello.instance;
		const last = this.#rows.last;
		const lastT = this.#rows.length > 0 ? this.#rows.time(last) : 0;
		if (known && this.#rows.length > 0) this.#ledger.interrupt(lastT);
		this.#hello = hello;
		this.#needsSchema = true;
		for (const table of this.#tables.values()) table.clear();
		if (restarted) {
			if (hello.oldestT > 0 && hello.oldestT <= lastT) this.#forgetRows();
			else this.#continueRows(hello);
			this.#events = [];
			this.#health.clear();
			this.#joined = Math.max(0, hello.oldest - 1);
			this.#expected = this.#joined;
		} else if (!known) {
			this.#joined = hello.newest;
			this.#expected = hello.newest;
		}
		this.#expect(hello.newest);
		return {
			...UNCHANGED,
			hello: true,
			restarted
		};
	}
	#isForgotten(position) {
		return this.#forgotten.some(({ from, to }) => position >= from && position <= to);
	}
	#forgetRows() {
		this.#rows.clear();
		for (const id of this.#columns.keys()) this.#columns.set(id, new Column(SLOTS));
		this.#missed.clear();
		this.#forgotten = [];
		this.#offset = 0;
		this.#boundary = 0;
	}
	/** The rows of the new instance go on behind those of the old one. */
	#continueRows(hello) {
		this.#boundary = this.#rows.length > 0 ? this.#rows.last + 1 : 0;
		this.#offset = this.#rows.length > 0 ? this.#boundary - Math.max(1, hello.oldest) : 0;
	}
	#expect(seq) {
		if (seq <= this.#expected) return;
		this.#ledger.expect(seq - this.#expected);
		this.#expected = seq;
	}
	#applySchema(message) {
		const before = new Map(this.#schema.all.map((info) => [seriesKey(info), this.#columns.get(info.id)]));
		const { complete, added, dropped } = this.#schema.apply(message);
		const columns = complete ? /* @__PURE__ */ new Map() : this.#columns;
		if (!complete) for (const id of dropped) columns.delete(id);
		for (const info of added) if (!columns.has(info.id)) columns.set(info.id, before.get(seriesKey(info)) ?? new Column(4200));
		this.#columns = columns;
		if (complete) this.#needsSchema = false;
		for (const info of this.#schema.tables) {
			const table = this.#tables.get(info.name);
			if (table) table.describe(info);
			else this.#tables.set(info.name, new TableStore(info));
		}
		return {
			...UNCHANGED,
			schema: true
		};
	}
	#applyHistory(message) {
		if (this.#needsSchema || message.rev > this.#schema.rev) return {
			...UNCHANGED,
			resync: true
		};
		const placed = message.seq.map((seq, i) => this.#place(seq, message.t[i] ?? NaN, true));
		const slots = message.seq.map((seq, i) => placed[i] === -1 ? -1 : seq + this.#offset - this.#rows.base);
		for (const [id, values] of message.columns) {
			const column = this.#columns.get(id);
			if (!column) continue;
			for (let i = 0; i < slots.length; i++) {
				const slot = slots[i] ?? -1;
				if (slot >= 0) column.set(slot, typeof values === "number" ? values : values[i] ?? null);
			}
		}
		for (const missed of message.missed ?? []) this.#missed.set(missed.seq + this.#offset, {
			count: missed.count,
			why: missed.why
		});
		if (message.gap) this.#forgotten = [...this.#forgotten, {
			from: message.gap.from + this.#offset,
			to: message.gap.to + this.#offset
		}].slice(-32);
		const rows = slots.filter((slot) => slot >= 0).length;
		const resumed = message.more === true ? void 0 : this.#settle();
		return {
			...UNCHANGED,
			rows,
			resumed
		};
	}
	#applyFrame(message) {
		if (this.#needsSchema || message.rev !== this.#schema.rev) return {
			...UNCHANGED,
			resync: true
		};
		const position = message.seq + this.#offset;
		if (this.#rows.has(position)) return UNCHANGED;
		const before = position - 1;
		const fresh = message.seq === 1 && this.newest === 0;
		if (!fresh && !(before === this.#rows.last && before >= this.#boundary && this.#rows.has(before))) return {
			...UNCHANGED,
			resync: true
		};
		const slot = this.#place(message.seq, message.t, false);
		if (fresh) for (const column of this.#columns.values()) column.set(slot, null);
		else for (const column of this.#columns.values()) column.copy(slot - 1, slot);
		let id = -1;
		for (let i = 0; i + 1 < message.d.length; i += 2) {
			id += message.d[i] ?? 0;
			this.#columns.get(id)?.set(slot, message.d[i + 1] ?? null);
		}
		if (message.missed !== void 0 && message.missed > 0) this.#missed.set(message.seq + this.#offset, {
			count: message.missed,
			why: message.why ?? ""
		});
		return {
			...UNCHANGED,
			rows: 1,
			resumed: this.#ledger.interrupted ? this.#settle() : void 0
		};
	}
	/** Gives a row its slot and counts it; −1 if it is too old to be kept. */
	#place(seq, t, filled) {
		if (this.#rows.length > 0 && this.#rows.last === this.#boundary - 1 && t <= this.#rows.time(this.#rows.last)) this.#forgetRows();
		const position = seq + this.#offset;
		const known = this.#rows.has(position);
		const slot = this.#rows.place(position, t, (slots) => {
			for (const column of this.#columns.values()) column.shift(slots);
			for (const missed of this.#missed.keys()) if (missed < this.#rows.base) this.#missed.delete(missed);
		});
		this.#expect(seq);
		if (!known && seq > this.#joined) {
			if (filled) this.#ledger.fill();
			else this.#ledger.receive();
		}
		return slot;
	}
	#settle() {
		return this.#ledger.settle(this.#rows.length > 0 ? this.#rows.time(this.#rows.last) : 0);
	}
};
/** The newest index, −1 while there are no rows. */
var newestIndex = (store) => store.length - 1;
// src/lib/time.ts
/** The order in which the zones are cycled. */
var ZONES = [
	"host",
	"browser",
	"utc"
];
var MINUTE = 6e4;
var QUARTER = 15 * MINUTE;
/** More than an axis of some days has ticks. */
var KNOWN_QUARTERS = 512;
var UTC = {
	name: "UTC",
	offsetAt: () => 0
};
/** timeZone returns the zone of that name; a zone unknown here becomes the fixed offset. */
function timeZone(name, fallbackMinutes = 0) {
	if (name === "UTC" || name === "") return UTC;
	let format;
	try {
		format = new Intl.DateTimeFormat("en-US", {
			timeZone: name,
			hourCycle: "h23",
			year: "numeric",
			month: "numeric",
			day: "numeric",
			hour: "numeric",
			minute: "numeric",
			second: "numeric"
		});
	} catch {
		const fixed = fallbackMinutes * MINUTE;
		return {
			name,
			offsetAt: () => fixed
		};
	}
	const known = /* @__PURE__ */ new Map();
	return {
		name,
		offsetAt(ms) {
			const quarter = Math.floor(ms / QUARTER);
			let offset = known.get(quarter);
			if (offset === void 0) {
				if (known.size >= KNOWN_QUARTERS) known.clear();
				offset = measure(format, quarter * QUARTER);
				known.set(quarter, offset);
			}
			return offset;
		}
	};
}
/** browserZone is the zone of the machine the page runs on. */
var browserZone = () => timeZone(new Intl.DateTimeFormat().resolvedOptions().timeZone, -(/* @__PURE__ */ new Date()).getTimezoneOffset());
function measure(format, ms) {
	const parts = new Map(format.formatToParts(ms).map((part) => [part.type, Number(part.value)]));
	const field = (type) => parts.get(type) ?? 0;
	return Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"), field("second")) - ms;
}
/** wallClock returns what a clock on the wall of that zone shows. */
function wallClock(ms, zone) {
	const date = new Date(ms + zone.offsetAt(ms));
	return {
		year: date.getUTCFullYear(),
		month: date.getUTCMonth() + 1,
		day: date.getUTCDate(),
		weekday: date.getUTCDay(),
		hour: date.getUTCHours(),
		minute: date.getUTCMinutes(),
		second: date.getUTCSeconds()
	};
}
/** The steps between ticks on a time axis, in seconds. */
var STEPS$1 = [
	1,
	2,
	5,
	10,
	15,
	30,
	60,
	120,
	300,
	600,
	900,
	1800,
	3600,
	7200,
	10800,
	21600,
	43200,
	86400
];
/** timeTicks returns moments for an axis, multiples of a round step of the wall clock, at most count of them. */
function timeTicks(fromMs, toMs, count, zone) {
	const wanted = (toMs - fromMs) / Math.max(1, count);
	const stepMs = (STEPS$1.find((step) => step * 1e3 >= wanted) ?? 86400) * 1e3;
	const ticks = [];
	const offset = zone.offsetAt(fromMs);
	for (let tick = Math.ceil((fromMs + offset) / stepMs) * stepMs - offset; tick <= toMs; tick += stepMs) ticks.push(tick);
	return {
		ticks,
		stepMs
	};
}
var IEC = [
	"",
	"Ki",
	"Mi",
	"Gi",
	"Ti",
	"Pi",
	"Ei"
];
var SI = [
	"",
	"k",
	"M",
	"G",
	"T",
	"P",
	"E"
];
var prefixed = (names, base, unit) => names.map((name, power) => ({
	divisor: base ** power,
	unit: name + unit
}));
var plain = (unit) => [{
	divisor: 1,
	unit
}];
var SCALES = {
	percent: plain("%"),
	bytes: prefixed(IEC, 1024, "B"),
	byteRate: prefixed(IEC, 1024, "B/s"),
	bitRate: prefixed(SI, 1e3, "bit/s"),
	rate: prefixed(SI, 1e3, "/s"),
	count: prefixed(SI, 1e3, ""),
	seconds: [
		{
			divisor: 1e-6,
			unit: "µs"
		},
		{
			divisor: .001,
			unit: "ms"
		},
		{
			divisor: 1,
			unit: "s"
		}
	],
	celsius: plain("°C"),
	hertz: prefixed(SI, 1e3, "Hz")
};
function meaning(unit, bits) {
	switch (unit) {
		case "percent":
		case "bytes":
		case "celsius":
		case "hertz":
		case "count":
		case "seconds": return {
			scales: SCALES[unit],
			factor: 1
		};
		case "": return {
			scales: SCALES.count,
			factor: 1
		};
		case "bytes/s": return bits === true ? {
			scales: SCALES.bitRate,
			factor: 8
		} : {
			scales: SCALES.byteRate,
			factor: 1
		};
		case "bits/s": return bits === false ? {
			scales: SCALES.byteRate,
			factor: 1 / 8
		} : {
			scales: SCALES.bitRate,
			factor: 1
		};
		case "/s": return {
			scales: SCALES.rate,
			factor: 1
		};
		default: return {
			scales: plain(unit),
			factor: 1
		};
	}
}
/** The largest scale that leaves at least one digit, so that at most three stand before the point. */
function scaleFor(scales, size) {
	let chosen = scales[0] ?? {
		divisor: 1,
		unit: ""
	};
	for (const scale of scales) if (size >= chosen.divisor * 999.5) chosen = scale;
	return chosen;
}
/** Seconds change their unit earlier: 0.9 ms reads better beside 40 ms than 900 µs does. */
function scaleForSeconds(size) {
	const [micro, milli, second] = SCALES.seconds;
	if (size >= .9995) return second;
	return size >= 1e-4 ? milli : micro;
}
function digits(value, whole, short, fine) {
	const size = Math.abs(value);
	if (size === 0) return "0";
	const least = fine ? .01 : .1;
	if (!(whole && Number.isInteger(value)) && size < least) return value < 0 ? `-<${least}` : `<${least}`;
	if (whole && Number.isInteger(value)) return String(value);
	if (fine && size < 9.995) return value.toFixed(2);
	if (size < 9.95) return value.toFixed(1);
	return short || size >= 99.95 ? value.toFixed(0) : value.toFixed(1);
}
/**
* formatValue writes a value of one of the wire's units; another unit is shown as it
* is. null and NaN are missing. 'timestamp' belongs to {@link formatClock}.
*/
function formatValue(value, unit, options = {}) {
	if (value === null || value === void 0 || !Number.isFinite(value)) return {
		text: "—",
		unit: ""
	};
	if (unit === "seconds" && Math.abs(value) >= 120) return {
		text: formatDuration(value * 1e3),
		unit: ""
	};
	const { scales, factor } = meaning(unit, options.bits);
	const number = value * factor;
	const scale = unit === "seconds" && number !== 0 ? scaleForSeconds(Math.abs(number)) : scaleFor(scales, Math.abs(number));
	const counts = scales === SCALES.count;
	const whole = scale.divisor === 1 && (counts || scales === SCALES.bytes || scales === SCALES.byteRate || scales === SCALES.bitRate);
	const text = digits(whole && !counts ? wholeNumber(number) : number / scale.divisor, whole, options.slot === "short", counts && scale.divisor === 1);
	if (number === 0) return {
		text,
		unit: scales === SCALES.seconds ? "s" : scale.unit
	};
	if (counts || scales === SCALES.rate) {
		const prefix = scale.unit.replace("/s", "");
		return {
			text: text + prefix,
			unit: scale.unit.slice(prefix.length)
		};
	}
	return {
		text,
		unit: scale.unit
	};
}
/** Bytes do not come in parts; what is not zero stays at least one. */
var wholeNumber = (value) => Math.sign(value) * Math.max(1, Math.round(Math.abs(value)));
/** formatText is {@link formatValue} as one string. */
function formatText(value, unit, options = {}) {
	const { text, unit: name } = formatValue(value, unit, options);
	return name === "" ? text : `${text} ${name}`;
}
/** formatTicks writes the ticks of one axis in one unit. */
function formatTicks(values, unit, options = {}) {
	const top = Math.max(0, ...values.map(Math.abs));
	const { scales, factor } = meaning(unit, options.bits);
	const scale = scales === SCALES.seconds ? scaleForSeconds(top) : scaleFor(scales, top * factor);
	return {
		labels: values.map((value) => String(Number((value * factor / scale.divisor).toPrecision(3)))),
		unit: scale.unit
	};
}
var SPANS = [
	["d", 864e5],
	["h", 36e5],
	["m", 6e4],
	["s", 1e3]
];
/** formatDuration writes a span in its two largest units: "3 m 12 s", "41 d", "0 s". */
function formatDuration(ms) {
	let rest = Math.max(0, Math.floor(ms / 1e3) * 1e3);
	const parts = [];
	for (const [name, size] of SPANS) {
		const count = Math.floor(rest / size);
		if (count > 0) parts.push(`${count} ${name}`);
		rest -= count * size;
		if (parts.length > 0 && (parts.length === 2 || count === 0)) break;
	}
	return parts.length === 0 ? "0 s" : parts.join(" ");
}
var two = (value) => String(value).padStart(2, "0");
/** formatClock writes a time of day: "18:04:59". */
function formatClock(ms, zone) {
	const wall = wallClock(ms, zone);
	return `${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
}
/** formatDate writes a date: "2026-11-20". */
function formatDate(ms, zone) {
	const wall = wallClock(ms, zone);
	return `${wall.year}-${two(wall.month)}-${two(wall.day)}`;
}
/** formatMoment writes a time of day, with its date where that is not the day of nowMs. */
function formatMoment(ms, nowMs, zone) {
	const date = formatDate(ms, zone);
	return date === formatDate(nowMs, zone) ? formatClock(ms, zone) : `${date} ${formatClock(ms, zone)}`;
}
/** formatOffset writes a zone's distance to UTC at a moment: "+01:00". */
function formatOffset(zone, ms) {
	const minutes = Math.round(zone.offsetAt(ms) / 6e4);
	const size = Math.abs(minutes);
	return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
var WEEKDAYS = [
	"Sun",
	"Mon",
	"Tue",
	"Wed",
	"Thu",
	"Fri",
	"Sat"
];
/**
* formatTimeTick labels a tick of a time axis: HH:mm, with seconds where ticks are closer than
* a minute, the date at midnight beyond two hours, the weekday beyond 36.
*/
function formatTimeTick(ms, zone, spanMs, stepMs) {
	const wall = wallClock(ms, zone);
	const midnight = wall.hour === 0 && wall.minute === 0 && wall.second === 0;
	if (midnight && spanMs > 1296e5) return WEEKDAYS[wall.weekday] ?? "";
	if (midnight && spanMs > 72e5) return `${two(wall.month)}-${two(wall.day)}`;
	const clock = `${two(wall.hour)}:${two(wall.minute)}`;
	return stepMs < 6e4 ? `${clock}:${two(wall.second)}` : clock;
}
/** truncateMiddle shortens a name to at most length characters, keeping both ends. */
function truncateMiddle(name, length) {
	const letters = Array.from(name);
	if (letters.length <= length) return name;
	const kept = Math.max(1, length - 1);
	const head = Math.ceil(kept / 2);
	return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (kept - head)).join("")}`;
}
// src/charts/axis.ts
/** How long values have to stay small before a free axis shrinks. */
var SHRINK_AFTER_MS = 3e4;
/** niceTop is the smallest round number that is not below value. */
function niceTop(value, base) {
	if (!(value > 0)) return 1;
	if (base === "binary") return 2 ** Math.ceil(Math.log2(value) - 1e-9);
	const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
	for (const step of [
		1,
		2,
		5
	]) if (value <= step * power * (1 + 1e-9)) return step * power;
	return 10 * power;
}
/** FreeAxis chooses the top of an axis from the largest value on it. */
var FreeAxis = class {
	#base;
	#least;
	#top = 0;
	#smallSince;
	#peak = 0;
	/** least is the lowest top an axis may have. */
	constructor(base, least) {
		this.#base = base;
		this.#least = least;
	}
	/** next returns the top for a largest value at a time in milliseconds. */
	next(largest, now) {
		const wanted = Math.max(this.#least, niceTop(largest, this.#base));
		if (wanted >= this.#top) {
			this.#top = wanted;
			this.#smallSince = void 0;
			return this.#top;
		}
		if (this.#smallSince === void 0 || now < this.#smallSince) {
			this.#smallSince = now;
			this.#peak = wanted;
		}
		this.#peak = Math.max(this.#peak, wanted);
		if (now - this.#smallSince >= SHRINK_AFTER_MS) {
			this.#top = this.#peak;
			this.#smallSince = void 0;
		}
		return this.#top;
	}
	/** Forgets the past: the next value decides alone. */
	reset() {
		this.#top = 0;
		this.#smallSince = void 0;
	}
};
/** leastTop is below what an axis of a unit never goes, so that noise does not fill a chart. */
function leastTop$1(unit) {
	switch (unit) {
		case "percent": return 1;
		case "bytes": return 1024;
		case "bytes/s": return 1024;
		case "bits/s": return 1e3;
		case "seconds": return .001;
		default: return 1;
	}
}
/** baseOf is in which steps values of a unit are round. */
var baseOf = (unit, bits) => unit === "bytes" || unit === "bytes/s" && !bits ? "binary" : "decimal";
// src/charts/gestures.ts
/** A press shorter and smaller than this is a click. */
var CLICK_PX$1 = 6;
var CLICK_MS = 400;
/** A second click within this zooms out instead. */
var DOUBLE_MS = 300;
/** A touch this long begins a selection. */
var LONG_MS = 500;
/** A range cannot be zoomed in further than this. */
var LEAST_RANGE_MS = 5e3;
/** attachGestures listens until the returned function is called. */
function attachGestures(el, { app, timeAt, snap = (t) => t }) {
	const { view } = app;
	const ended = new AbortController();
	const { signal } = ended;
	let press;
	let clickedAt = -Infinity;
	const touches = /* @__PURE__ */ new Map();
	let pinch;
	const clampedTime = (event) => {
		const { from, to } = app.range();
		return Math.min(to, Math.max(from, timeAt(event.clientX)));
	};
	const down = (event) => {
		if (event.pointerType === "touch") {
			touches.set(event.pointerId, event.clientX);
			const [a, b] = Array.from(touches.values());
			if (a !== void 0 && b !== void 0) {
				press = void 0;
				pinch = {
					...app.range(),
					a,
					b
				};
				return;
			}
		}
		if (event.button !== 0) return;
		press = {
			id: event.pointerId,
			x: event.clientX,
			y: event.clientY,
			at: app.now(),
			t: clampedTime(event),
			kind: event.pointerType,
			shown: app.range(),
			pan: event.shiftKey,
			mode: "undecided"
		};
	};
	const move = (event) => {
		if (touches.has(event.pointerId)) touches.set(event.pointerId, event.clientX);
		if (pinch) {
			pinchTo();
			return;
		}
		if (press?.id !== event.pointerId) {
			if (event.pointerType !== "touch") view.pointAt(snap(clampedTime(event)), app.edge());
			return;
		}
		drag(press, event);
	};
	const drag = (held, event) => {
		const dx = event.clientX - held.x;
		if (held.mode === "undecided") {
			if (Math.abs(dx) < CLICK_PX$1) return;
			if (Math.abs(event.clientY - held.y) > Math.abs(dx)) {
				held.mode = "ignore";
				return;
			}
			held.mode = held.pan ? "pan" : held.kind === "touch" && app.now() - held.at < LONG_MS ? "scrub" : "select";
			el.setPointerCapture(held.id);
		}
		const t = clampedTime(event);
		if (held.mode === "select") view.select({
			from: Math.min(held.t, t),
			to: Math.max(held.t, t)
		});
		else if (held.mode === "scrub") view.pin(snap(t), app.edge());
		else if (held.mode === "pan") {
			const { from, to } = held.shown;
			const width = el.getBoundingClientRect().width;
			const shift = -dx / Math.max(1, width) * (to - from);
			slide(from + shift, to + shift);
		}
	};
	const slide = (from, to) => {
		const over = Math.max(0, to - app.hostNow());
		view.slideRange(from - over, to - over);
	};
	const zoom = (t, factor) => {
		const { from, to } = app.range();
		const least = Math.max(LEAST_RANGE_MS, 5 * app.store.intervalMs);
		const scale = Math.max(factor, least / (to - from));
		slide(t - (t - from) * scale, t + (to - t) * scale);
	};
	const pinchTo = () => {
		const [a, b] = Array.from(touches.values());
		if (!pinch || a === void 0 || b === void 0) return;
		const rect = el.getBoundingClientRect();
		const before = Math.max(8, Math.abs(pinch.b - pinch.a));
		const after = Math.max(8, Math.abs(b - a));
		const span = (pinch.to - pinch.from) * (before / after);
		const share = ((pinch.a + pinch.b) / 2 - rect.left) / Math.max(1, rect.width);
		const middle = pinch.from + share * (pinch.to - pinch.from);
		const shareNow = ((a + b) / 2 - rect.left) / Math.max(1, rect.width);
		slide(middle - shareNow * span, middle + (1 - shareNow) * span);
	};
	const up = (event) => {
		touches.delete(event.pointerId);
		if (touches.size < 2) pinch = void 0;
		const held = press;
		if (held?.id !== event.pointerId) return;
		press = void 0;
		if (held.mode !== "undecided" || app.now() - held.at > CLICK_MS) return;
		if (app.now() - clickedAt < DOUBLE_MS) {
			clickedAt = -Infinity;
			view.unpin();
			view.stepWindow(1);
			return;
		}
		clickedAt = app.now();
		view.pin(snap(held.t), app.edge());
	};
	const cancel = (event) => {
		touches.delete(event.pointerId);
		pinch = void 0;
		press = void 0;
	};
	const wheel = (event) => {
		if (!event.ctrlKey) return;
		event.preventDefault();
		zoom(timeAt(event.clientX), Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200));
	};
	el.addEventListener("pointerdown", down, { signal });
	el.addEventListener("pointermove", move, { signal });
	el.addEventListener("pointerup", up, { signal });
	el.addEventListener("pointercancel", cancel, { signal });
	el.addEventListener("pointerleave", () => view.pointAway(), { signal });
	el.addEventListener("wheel", wheel, {
		signal,
		passive: false
	});
	return () => {
		view.pointAway();
		ended.abort();
	};
}
// src/charts/plot-data.ts
var EMPTY = {
	x: [],
	lines: [],
	low: [],
	high: [],
	peak: [],
	largest: 0
};
/** A curve that is a line above a stack is no part of it. */
var inStack = (curve) => curve.style !== "line";
/** rowPoints draws the rows held, thinned to two points per pixel (the smallest and the largest) where there are more. */
function rowPoints(store, curves, window) {
	const first = Math.max(0, store.indexAtTime(window.from));
	const end = Math.min(store.length, store.indexAtTime(window.to) + 2);
	const count = end - first;
	if (count <= 0) return {
		...EMPTY,
		lines: curves.map(() => [])
	};
	const values = curves.map(() => new Float64Array(count));
	const scratch = new Float64Array(count);
	curves.forEach((curve, i) => {
		const out = values[i];
		if (out) readRows(store, curve, first, end, out, scratch);
	});
	if (window.stack) accumulate(curves, values, count);
	const breaks = new Map(store.gaps(store.time(first), window.to).map((gap) => [gap.to, gap]));
	const x = [];
	const lines = curves.map(() => []);
	for (let i = 0; i < count; i++) {
		const t = store.time(first + i);
		if (Number.isNaN(t)) continue;
		const gap = breaks.get(t);
		if (gap && x.length > 0) pushBreak(x, lines, gap);
		x.push(t);
		values.forEach((column, c) => lines[c]?.push(orNull(column[i])));
	}
	const step = Math.max(1, Math.ceil(x.length / Math.max(1, window.pixels))) * (window.to - window.from) / Math.max(1, x.length);
	const thin = x.length > 2 * window.pixels ? decimate(x, lines, niceStep(step, store.intervalMs)) : {
		x,
		lines
	};
	return {
		...EMPTY,
		...thin,
		largest: largestOf(thin.lines)
	};
}
function accumulate(curves, values, count) {
	const sum = new Float64Array(count);
	curves.forEach((curve, c) => {
		const column = values[c];
		if (!column || !inStack(curve)) return;
		for (let i = 0; i < count; i++) {
			const value = column[i] ?? NaN;
			if (Number.isNaN(value)) continue;
			const total = (sum[i] ?? 0) + value;
			sum[i] = total;
			column[i] = total;
		}
	});
}
function pushBreak(x, lines, gap) {
	x.push((gap.from + gap.to) / 2);
	for (const line of lines) line.push(null);
}
var orNull = (value) => value === void 0 || Number.isNaN(value) ? null : value;
/** A step that is a multiple of the interval, so that buckets do not wander with the window. */
var niceStep = (step, intervalMs) => Math.max(2, Math.ceil(step / intervalMs)) * intervalMs;
/** decimate keeps the smallest and the largest point of every step of time, in their order. Breaks stay. */
function decimate(x, lines, step) {
	const outX = [];
	const out = lines.map(() => []);
	const isBreak = (i) => lines.every((line) => line[i] === null);
	for (let a = 0; a < x.length;) {
		const start = x[a] ?? 0;
		const slot = Math.floor(start / step);
		let b = a + 1;
		if (!isBreak(a)) while (b < x.length && Math.floor((x[b] ?? 0) / step) === slot && !isBreak(b)) b++;
		outX.push(start);
		if (b - a === 1) lines.forEach((line, c) => out[c]?.push(line[a] ?? null));
		else {
			outX.push(x[b - 1] ?? start);
			lines.forEach((line, c) => out[c]?.push(...extremes(line, a, b)));
		}
		a = b;
	}
	return {
		x: outX,
		lines: out
	};
}
function extremes(line, a, b) {
	let low = null;
	let high = null;
	let lowAt = a;
	let highAt = a;
	for (let i = a; i < b; i++) {
		const value = line[i] ?? null;
		if (value === null) continue;
		if (low === null || value < low) [low, lowAt] = [value, i];
		if (high === null || value > high) [high, highAt] = [value, i];
	}
	return lowAt <= highAt ? [low, high] : [high, low];
}
function largestOf(lines) {
	let largest = 0;
	for (const line of lines) for (const value of line) if (value !== null && value > largest) largest = value;
	return largest;
}
/** curveBuckets reduces buckets to curves and extends them by the rows that came since. */
function curveBuckets(store, buckets, curves) {
	const { stepMs } = buckets;
	const tail = tailRows(store, buckets);
	const t = Array.from(buckets.t);
	const start = (i) => Math.floor(store.time(tail.from + i) / stepMs) * stepMs;
	const places = [];
	for (let i = 0; i < tail.count; i++) {
		const bucket = start(i);
		if (Number.isNaN(bucket)) {
			places.push(-1);
			continue;
		}
		if (t.length === 0 || bucket > (t.at(-1) ?? 0)) t.push(bucket);
		places.push(t.length - 1);
	}
	const known = buckets.t.length;
	const scratch = new Float64Array(Math.max(known, tail.count));
	const rows = new Float64Array(tail.count);
	return {
		t,
		stepMs,
		curves: curves.map((curve) => {
			const read = (aspect) => {
				const out = new Float64Array(t.length).fill(NaN);
				readBuckets(buckets, curve, aspect, scratch);
				out.set(scratch.subarray(0, known));
				return out;
			};
			const envelope = {
				min: read("min"),
				max: read("max"),
				mean: read("mean")
			};
			if (tail.count > 0) {
				readRows(store, curve, tail.from, tail.from + tail.count, rows, scratch);
				extend(envelope, read("n"), rows, places);
			}
			return envelope;
		})
	};
}
/** The rows behind the newest bucket. */
function tailRows(store, buckets) {
	if (store.length === 0) return {
		from: 0,
		count: 0
	};
	const last = buckets.lastSeq > 0 ? store.rowAt(buckets.lastSeq) : -1;
	if (last >= 0) return {
		from: last + 1,
		count: store.length - last - 1
	};
	const lastT = buckets.t.at(-1);
	const from = lastT === void 0 ? 0 : store.indexAtTime(lastT + buckets.stepMs - 1) + 1;
	return {
		from,
		count: Math.max(0, store.length - from)
	};
}
function extend(envelope, n, rows, places) {
	const { min, max, mean } = envelope;
	for (let i = 0; i < rows.length; i++) {
		const at = places[i] ?? -1;
		const value = rows[i] ?? NaN;
		if (at < 0 || Number.isNaN(value)) continue;
		const count = n[at] ?? NaN;
		if (Number.isNaN(count) || count === 0 || Number.isNaN(mean[at] ?? NaN)) {
			min[at] = max[at] = mean[at] = value;
			n[at] = 1;
			continue;
		}
		min[at] = Math.min(min[at] ?? value, value);
		max[at] = Math.max(max[at] ?? value, value);
		mean[at] = ((mean[at] ?? 0) * count + value) / (count + 1);
		n[at] = count + 1;
	}
}
/**
* bucketPoints draws the mean of every bucket and around it what was smallest and largest.
* The envelope of a stack is the highest of: one curve at its largest, the others at
* their mean; the true sum may have been higher for a moment.
*/
function bucketPoints(found, curves, window) {
	const { t, stepMs } = found;
	const x = [];
	const lines = curves.map(() => []);
	const low = curves.map(() => []);
	const high = curves.map(() => []);
	const peak = [];
	let before;
	t.forEach((start, i) => {
		if (start + stepMs < window.from || start > window.to) return;
		if (before !== void 0 && start - before > stepMs * 1.5) {
			x.push((before + start + stepMs) / 2);
			for (const points of [
				...lines,
				...low,
				...high,
				peak
			]) points.push(null);
		}
		before = start;
		x.push(start + stepMs / 2);
		let sum = 0;
		let rise = 0;
		let any = false;
		for (const [c, curve] of curves.entries()) {
			const envelope = found.curves[c];
			const mean = envelope?.mean[i] ?? NaN;
			if (!envelope || Number.isNaN(mean)) {
				for (const points of [
					lines[c],
					low[c],
					high[c]
				]) points?.push(null);
				continue;
			}
			const stacked = window.stack && inStack(curve);
			const max = envelope.max[i] ?? mean;
			if (stacked) {
				any = true;
				sum += mean;
				rise = Math.max(rise, max - mean);
			}
			lines[c]?.push(stacked ? sum : mean);
			low[c]?.push(stacked ? null : envelope.min[i] ?? mean);
			high[c]?.push(stacked ? null : max);
		}
		peak.push(any ? sum + rise : null);
	});
	return {
		x,
		lines,
		low,
		high,
		peak,
		largest: Math.max(largestOf(lines), largestOf(high), largestOf([peak]))
	};
}
/** flatLayers are the layers of a stack that add nothing anywhere: their line would only hide the one below. */
function flatLayers(curves, data) {
	const flat = /* @__PURE__ */ new Set();
	let below;
	curves.forEach((curve, c) => {
		const line = data.lines[c];
		if (!line || !inStack(curve)) return;
		if (line.every((value, i) => value === null || value === (below?.[i] ?? 0))) flat.add(curve.key);
		below = line;
	});
	return flat;
}
// src/charts/plot-paint.ts
/** Hatching, one tile per colour and ratio. */
var Hatches = class {
	#tiles = /* @__PURE__ */ new Map();
	get(ctx, color, ratio) {
		const key = `${color}|${ratio}`;
		const known = this.#tiles.get(key);
		if (known) return known;
		const size = Math.round(6 * ratio);
		const tile = document.createElement("canvas");
		tile.width = tile.height = size;
		const g = tile.getContext("2d");
		if (!g) return color;
		g.strokeStyle = color;
		g.lineWidth = ratio;
		g.beginPath();
		for (const shift of [
			-size,
			0,
			size
		]) {
			g.moveTo(shift, size);
			g.lineTo(shift + size, 0);
		}
		g.stroke();
		const pattern = ctx.createPattern(tile, "repeat");
		if (!pattern) return color;
		this.#tiles.set(key, pattern);
		return pattern;
	}
};
var GAP_TEXT = {
	"not-sampled": "not sampled",
	"not-received": "not received",
	"not-remembered": "not remembered",
	restart: "restarted",
	stale: "no data"
};
/** paintGaps marks the stretches without rows. Only what was not sampled, not received or is stale is hatched. */
function paintGaps(on, gaps, staleFrom, to, colors, hatches) {
	const { ctx, ratio } = on;
	ctx.save();
	ctx.beginPath();
	ctx.rect(on.left, on.top, on.width, on.height);
	ctx.clip();
	for (const gap of gaps) {
		if (gap.kind === "restart") paintBoundary(on, gap.to, colors);
		if (on.x(gap.to) - on.x(gap.from) < 2 * ratio) continue;
		const fill = gap.kind === "not-remembered" ? withAlpha(colors.hatch, .14) : hatches.get(ctx, colors.hatch, ratio);
		const reason = gap.kind === "not-sampled" && gap.why !== "" ? `not sampled: ${gap.why}` : GAP_TEXT[gap.kind];
		paintStretch(on, gap.from, gap.to, fill, reason, colors);
	}
	if (staleFrom !== void 0 && to > staleFrom) paintStretch(on, staleFrom, to, hatches.get(ctx, colors.hatch, ratio), GAP_TEXT.stale, colors);
	ctx.restore();
}
function paintStretch(on, from, to, fill, text, colors) {
	const { ctx, ratio } = on;
	const a = Math.max(on.left, on.x(from));
	const b = Math.min(on.left + on.width, on.x(to));
	ctx.fillStyle = fill;
	ctx.fillRect(a, on.top, b - a, on.height);
	ctx.font = `${11 * ratio}px ${colors.font}`;
	const room = ctx.measureText(text).width + 12 * ratio;
	if (room > b - a) return;
	const middle = (a + b) / 2;
	ctx.fillStyle = colors.panel;
	ctx.fillRect(middle - room / 2, on.top + on.height / 2 - 9 * ratio, room, 18 * ratio);
	ctx.fillStyle = colors.faint;
	ctx.textAlign = "center";
	ctx.textBaseline = "middle";
	ctx.fillText(text, middle, on.top + on.height / 2);
}
function paintBoundary(on, t, colors) {
	const { ctx, ratio } = on;
	const x = Math.round(on.x(t)) + .5;
	ctx.strokeStyle = colors.dim;
	ctx.lineWidth = ratio;
	ctx.setLineDash([4 * ratio, 3 * ratio]);
	ctx.beginPath();
	ctx.moveTo(x, on.top);
	ctx.lineTo(x, on.top + on.height);
	ctx.stroke();
	ctx.setLineDash([]);
}
/** paintUnit names the unit of the value axis where the gutter has no room for it. */
function paintUnit(on, unit, colors) {
	const { ctx, ratio } = on;
	ctx.fillStyle = colors.faint;
	ctx.font = `${11 * ratio}px ${colors.font}`;
	ctx.textAlign = "left";
	ctx.textBaseline = "top";
	ctx.fillText(unit, on.left + 4 * ratio, on.top + 3 * ratio);
}
/** paintThresholds draws hairlines with their names. */
function paintThresholds(on, thresholds, top, colors) {
	const { ctx, ratio } = on;
	for (const { value, level } of thresholds) {
		if (value > top) continue;
		const y = Math.round(on.y(value)) + .5;
		const color = level === "warn" ? colors.warn : colors.critical;
		ctx.strokeStyle = withAlpha(color, .6);
		ctx.lineWidth = ratio;
		ctx.beginPath();
		ctx.moveTo(on.left, y);
		ctx.lineTo(on.left + on.width, y);
		ctx.stroke();
		ctx.fillStyle = color;
		ctx.font = `${10 * ratio}px ${colors.font}`;
		ctx.textAlign = "left";
		ctx.textBaseline = "bottom";
		ctx.fillText(level, on.left + 4 * ratio, y - ratio);
	}
}
/** paintCrosshair draws the time cursor and where the lines cross it. */
function paintCrosshair(on, t, pinned, dots, colors) {
	const { ctx, ratio } = on;
	const x = on.x(t);
	if (x < on.left - 1 || x > on.left + on.width + 1) return;
	const line = Math.round(x) + .5;
	ctx.strokeStyle = withAlpha(colors.cross, pinned ? .9 : .7);
	ctx.lineWidth = pinned ? 1.5 * ratio : ratio;
	ctx.beginPath();
	ctx.moveTo(line, on.top);
	ctx.lineTo(line, on.top + on.height);
	ctx.stroke();
	for (const dot of dots) {
		ctx.beginPath();
		ctx.arc(x, on.y(dot.value), 2.6 * ratio, 0, 2 * Math.PI);
		ctx.fillStyle = dot.color;
		ctx.fill();
		ctx.strokeStyle = colors.panel;
		ctx.lineWidth = ratio;
		ctx.stroke();
	}
}
/** paintSelection shades a range that is being selected. */
function paintSelection(on, from, to, colors) {
	const a = Math.max(on.left, on.x(from));
	const b = Math.min(on.left + on.width, on.x(to));
	if (b <= a) return;
	on.ctx.fillStyle = withAlpha(colors.text, .1);
	on.ctx.fillRect(a, on.top, b - a, on.height);
}
// src/charts/ranking.ts
var RERANK_MS = 3e4;
/** A newcomer has to be this much larger than the smallest one shown. */
var HYSTERESIS = 1.2;
/** Ranking is the memory of one panel. */
var Ranking = class {
	#colors = /* @__PURE__ */ new Map();
	#top = /* @__PURE__ */ new Set();
	#rankedAt = -Infinity;
	#stale = true;
	#means = () => 0;
	/** Gives means to rank by; it is taken up every 30 seconds of the given time. */
	update(now, means) {
		if (Math.abs(now - this.#rankedAt) < RERANK_MS) return;
		this.#rankedAt = now;
		this.#means = means;
		this.#stale = true;
	}
	/** Whether {@link update} would be taken up. */
	due(now) {
		return Math.abs(now - this.#rankedAt) >= RERANK_MS;
	}
	/** The largest of the ids, at most count of them. */
	top(ids, count) {
		const known = new Set(ids);
		const kept = Array.from(this.#top).filter((id) => known.has(id));
		if (!this.#stale && kept.length === Math.min(count, ids.length)) return this.#top;
		this.#stale = false;
		const was = this.#top;
		const weight = (id) => this.#means(id) * (was.has(id) ? HYSTERESIS : 1);
		const order = ids.map((id) => ({
			id,
			weight: weight(id)
		})).sort((a, b) => b.weight - a.weight || a.id - b.id);
		this.#top = new Set(order.slice(0, count).map(({ id }) => id));
		for (const id of this.#colors.keys()) if (!this.#top.has(id)) this.#colors.delete(id);
		return this.#top;
	}
	/** The colour of an id: the one it has, else the first that no other has. */
	color(id, tokens) {
		const known = this.#colors.get(id);
		if (known !== void 0) return known;
		const used = new Set(this.#colors.values());
		const color = tokens.find((token) => !used.has(token)) ?? tokens[this.#colors.size % tokens.length] ?? "c8";
		this.#colors.set(id, color);
		return color;
	}
};
var AXIS_HEIGHT = 18;
var PADDING_TOP = 6;
var LINE_WIDTH = 1.5;
/** Plot draws one panel into an element and keeps it drawn until it is disposed of. */
var Plot = class {
	#el;
	#app;
	#panel;
	#onDraw;
	#overlay;
	#colors;
	#hatches = new Hatches();
	#ranking = new Ranking();
	#ends = [];
	#names;
	#axis;
	#axisKey = "";
	#plot;
	#shapeKey = "";
	#curves = [];
	#shown = [];
	#data;
	#buckets;
	#gaps = [];
	#window = {
		from: 0,
		to: 1
	};
	#top = 1;
	#loading = false;
	#overlayEmpty = false;
	#flat = /* @__PURE__ */ new Set();
	#unit = "";
	#width = 0;
	#height = 0;
	constructor(el, { app, panel, onDraw }) {
		this.#el = el;
		this.#app = app;
		this.#panel = panel;
		this.#onDraw = onDraw;
		this.#names = panelFamilies(panel);
		el.classList.add("plot");
		this.#overlay = document.createElement("canvas");
		this.#overlay.className = "plot-overlay";
		this.#overlay.setAttribute("aria-hidden", "true");
		this.#colors = watchColors(el, () => {
			this.#shapeKey = "";
			app.frameLoop.markDirty("theme");
		});
		const sizes = new ResizeObserver(([entry]) => {
			if (entry) this.setSize(entry.contentRect.width, entry.contentRect.height);
		});
		sizes.observe(el);
		this.#ends.push(() => sizes.disconnect(), attachGestures(el, {
			app,
			timeAt: (x) => this.timeAt(x),
			snap: (t) => this.snap(t)
		}), app.frameLoop.add((reasons) => this.draw(reasons), el));
	}
	/** Whether the values of this window are still being fetched. */
	get loading() {
		return this.#loading;
	}
	/** The curves of the panel, hidden ones included, bottom up. */
	get curves() {
		return this.#curves;
	}
	/** The time under a horizontal position in the browser's window. */
	timeAt(clientX) {
		const rect = this.#el.getBoundingClientRect();
		const share = (clientX - rect.left - 44) / Math.max(1, rect.width - 44);
		return this.#window.from + share * (this.#window.to - this.#window.from);
	}
	/** The time of the nearest row; in a bucket the second of its maximum, as far as rows are held. */
	snap(t) {
		const { store } = this.#app;
		const step = this.#buckets?.stepMs;
		if (step === void 0) {
			const index = nearest(store.indexAtTime(t), t, store);
			return index < 0 ? t : store.time(index);
		}
		return this.#peakTime(t, step) ?? t;
	}
	/** What the legend says now: at the cursor, else of the newest row. */
	legend() {
		const { app, hidden } = {
			app: this.#app,
			hidden: this.#app.view.hidden.peek()
		};
		const cursor = app.view.cursor.peek();
		const held = app.store.length > 0 ? app.store.time(0) : Infinity;
		if (cursor && cursor.t < held) return this.#bucketLegend(cursor.t, hidden);
		return legendAt(app.store, this.#curves, app.index(), hidden);
	}
	setSize(width, height) {
		const [w, h] = [Math.floor(width), Math.floor(height)];
		if (w === this.#width && h === this.#height) return;
		this.#width = w;
		this.#height = h;
		this.#app.frameLoop.markDirty("size");
	}
	draw(reasons) {
		if (this.#width < 54 || this.#height < 28) return;
		if (!(reasons !== void 0 && this.#plot !== void 0 && Array.from(reasons).every((reason) => reason === "cursor" || reason === "table"))) this.#drawPlot();
		this.#drawOverlay();
		this.#onDraw?.();
	}
	dispose() {
		for (const end of this.#ends) end();
		this.#colors.dispose();
		this.#plot?.destroy();
		this.#plot = void 0;
		this.#overlay.remove();
		this.#el.classList.remove("plot");
	}
	#drawPlot() {
		const { store, view } = this.#app;
		this.#window = this.#app.range();
		const { from, to } = this.#window;
		this.#rank(from, to);
		this.#curves = resolveCurves(this.#panel, store, this.#ranking);
		const hidden = view.hidden.peek();
		this.#shown = this.#curves.filter((curve) => !hidden.has(curve.key));
		this.#gaps = store.gaps(from, to);
		const answer = this.#needsBuckets(from, to) ? this.#app.buckets.want(this.#names, ...this.#aligned(from, to), 400) : void 0;
		this.#loading = answer === void 0 && this.#needsBuckets(from, to);
		this.#data = this.#points(answer);
		this.#flat = this.#panel.stack === true ? flatLayers(this.#shown, this.#data) : /* @__PURE__ */ new Set();
		this.#top = this.#chooseTop(this.#data.largest);
		this.#prepare(answer !== void 0).setData(this.#columns(this.#data, answer !== void 0));
	}
	/** Rows are enough where they cover the window, or all of it that is remembered. */
	#needsBuckets(from, to) {
		const { store } = this.#app;
		if (store.length === 0 || store.newest === 0) return false;
		const held = store.time(0);
		const remembered = store.hello?.oldestT ?? 0;
		return Math.max(from, remembered > 0 ? remembered : held) < held - 1.5 * store.intervalMs || (to - from) / store.intervalMs > 3700;
	}
	/** What is asked for moves in steps, so that neighbouring frames ask for the same. */
	#aligned(from, to) {
		const grain = Math.max(1e3, (to - from) / 400);
		return [Math.floor(from / grain) * grain, Math.ceil(to / grain) * grain];
	}
	#points(answer) {
		const { store } = this.#app;
		const window = {
			...this.#window,
			pixels: (this.#width - 44) * ratio(),
			stack: this.#panel.stack === true
		};
		if (!answer) {
			this.#buckets = void 0;
			return rowPoints(store, this.#shown, window);
		}
		this.#buckets = curveBuckets(store, answer, this.#shown);
		return bucketPoints(this.#buckets, this.#shown, window);
	}
	#rank(from, to) {
		const { store } = this.#app;
		const now = store.length > 0 ? store.time(newestIndex(store)) : 0;
		if (!this.#ranking.due(now)) return;
		const first = Math.max(0, store.indexAtTime(from));
		const end = Math.max(first, store.indexAtTime(to) + 1);
		const values = new Float64Array(end - first);
		this.#ranking.update(now, (id) => {
			store.column(id)?.read(first, end, values);
			let sum = 0;
			for (const value of values) if (!Number.isNaN(value)) sum += value;
			return sum;
		});
	}
	#chooseTop(largest) {
		const { panel, bits } = {
			panel: this.#panel,
			bits: this.#bits()
		};
		if (panel.scale === "percent") return 100;
		const max = Math.max(0, ...this.#curves.map((curve) => curve.max));
		if (panel.scale === "max" && max > 0) return max;
		const unit = this.#curves[0]?.unit ?? "";
		const factor = bits && unit === "bytes/s" ? 8 : 1;
		const key = `${unit}|${bits}`;
		if (key !== this.#axisKey || !this.#axis) {
			this.#axis = new FreeAxis(baseOf(unit, bits), leastTop$1(unit));
			this.#axisKey = key;
		}
		return this.#axis.next(largest * factor, this.#window.to) / factor;
	}
	#bits() {
		return this.#panel.section === "network" && this.#app.view.units.peek() === "bits";
	}
	/** The chart that fits the curves and the mode; it is made anew only when those change. */
	#prepare(envelope) {
		const key = [envelope, ...this.#shown.map((curve) => `${curve.key}|${curve.color}|${curve.style}|${this.#flat.has(curve.key)}`)].join("\n");
		if (this.#plot && key === this.#shapeKey) {
			if (this.#plot.width !== this.#width || this.#plot.height !== this.#height) this.#plot.setSize({
				width: this.#width,
				height: this.#height
			});
			return this.#plot;
		}
		this.#plot?.destroy();
		this.#shapeKey = key;
		const plot = new uPlot(this.#options(envelope), void 0, this.#el);
		this.#plot = plot;
		this.#el.append(this.#overlay);
		return plot;
	}
	#options(envelope) {
		const { colors } = this.#colors;
		const font = `11px ${colors.font}`;
		const grid = {
			stroke: colors.grid,
			width: 1
		};
		const quiet = { show: false };
		return {
			width: this.#width,
			height: this.#height,
			padding: [
				PADDING_TOP,
				0,
				0,
				0
			],
			cursor: { show: false },
			legend: quiet,
			select: {
				show: false,
				left: 0,
				top: 0,
				width: 0,
				height: 0
			},
			scales: {
				x: {
					time: false,
					range: () => [this.#window.from, this.#window.to]
				},
				y: { range: () => [0, this.#top] }
			},
			axes: [{
				size: AXIS_HEIGHT,
				gap: 3,
				font,
				stroke: colors.faint,
				grid: quiet,
				ticks: quiet,
				splits: () => this.#timeTicks().ticks,
				values: (_, splits) => splits.map((t) => formatTimeTick(t, this.#app.zone(), this.#window.to - this.#window.from, this.#timeTicks().stepMs))
			}, {
				size: 44,
				gap: 6,
				font,
				stroke: colors.faint,
				grid,
				ticks: quiet,
				splits: () => [
					0,
					this.#top / 2,
					this.#top
				],
				values: (_, splits) => this.#valueTicks(splits)
			}],
			series: this.#series(envelope),
			bands: this.#bands(envelope),
			hooks: { draw: [(plot) => this.#paint(plot)] }
		};
	}
	#valueTicks(splits) {
		const { labels, unit } = formatTicks(splits, this.#curves[0]?.unit ?? "", { bits: this.#bits() });
		const fits = unit.length <= 3;
		this.#unit = fits ? "" : unit;
		const highest = splits.length - 1;
		return labels.map((label, i) => fits && unit !== "" && i === highest ? `${label} ${unit}` : label);
	}
	#timeTicks() {
		const { from, to } = this.#window;
		const { ticks, stepMs } = timeTicks(from, to, from === to ? 1 : (this.#width - 44) / 72, this.#app.zone());
		const margin = (to - from) * 18 / Math.max(1, this.#width - 44);
		return {
			ticks: ticks.filter((t) => t >= from + margin / 2 && t <= to - margin),
			stepMs
		};
	}
	#series(envelope) {
		const { colors } = this.#colors;
		const stack = this.#panel.stack === true;
		const few = this.#shown.length <= 2;
		const series = [{}];
		for (const curve of this.#shown) {
			const color = colors.series(curve.color);
			const stacked = stack && curve.style !== "line";
			const fill = this.#filling(curve, color, stacked, few && !envelope);
			const stroke = stacked ? colors.panel : color;
			const flat = this.#flat.has(curve.key);
			series.push({
				stroke,
				width: flat ? 0 : stacked ? 1 : LINE_WIDTH,
				points: { show: false },
				...fill && !flat && { fill }
			});
			if (envelope) {
				series.push({
					width: 0,
					points: { show: false }
				});
				series.push({
					width: 0,
					points: { show: false }
				});
			}
		}
		if (envelope) series.push({
			stroke: withAlpha(colors.dim, .8),
			width: 1,
			points: { show: false }
		});
		return series;
	}
	#filling(curve, color, stacked, few) {
		const { fill } = this.#colors.colors;
		if (stacked && curve.style === "hatch") return (plot) => this.#hatches.get(plot.ctx, withAlpha(color, .9), ratio());
		if (stacked) return withAlpha(color, Math.min(1, fill * 1.8));
		return few && this.#panel.stack !== true ? withAlpha(color, fill * .45) : void 0;
	}
	#bands(envelope) {
		const stack = this.#panel.stack === true;
		const bands = [];
		const step = envelope ? 3 : 1;
		let below;
		this.#shown.forEach((curve, i) => {
			const at = 1 + i * step;
			if (stack && curve.style !== "line") {
				if (below !== void 0) bands.push({ series: [at, below] });
				below = at;
			} else if (envelope) bands.push({
				series: [at + 1, at + 2],
				fill: withAlpha(this.#colors.colors.series(curve.color), .28)
			});
		});
		return bands;
	}
	#columns(data, envelope) {
		if (!envelope) return [data.x, ...data.lines];
		const lines = data.lines.flatMap((line, i) => [
			line,
			data.high[i] ?? [],
			data.low[i] ?? []
		]);
		return [
			data.x,
			...lines,
			data.peak
		];
	}
	#paint(plot) {
		const surface = surfaceOf(plot, plot.ctx);
		const { colors } = this.#colors;
		if (this.#unit !== "") paintUnit(surface, this.#unit, colors);
		paintThresholds(surface, this.#thresholds(), this.#top, colors);
		paintGaps(surface, this.#gaps, this.#staleFrom(), this.#window.to, colors, this.#hatches);
	}
	#thresholds() {
		const found = /* @__PURE__ */ new Map();
		if (this.#panel.stack === true) return [];
		for (const { warn, crit } of this.#shown) {
			if (warn > 0) found.set(`warn${warn}`, {
				value: warn,
				level: "warn"
			});
			if (crit > 0) found.set(`crit${crit}`, {
				value: crit,
				level: "critical"
			});
		}
		return Array.from(found.values());
	}
	/** Where what is not known yet begins, while it should be. */
	#staleFrom() {
		const { store } = this.#app;
		if (!this.#app.stale() || store.length === 0) return void 0;
		return store.time(newestIndex(store));
	}
	#drawOverlay() {
		const plot = this.#plot;
		const ctx = this.#overlay.getContext("2d");
		if (!plot || !ctx) return;
		const selection = this.#app.view.selection.peek();
		const cursor = this.#app.view.cursor.peek();
		const isEmpty = selection === null && cursor === null;
		if (isEmpty && this.#overlayEmpty) return;
		this.#overlayEmpty = isEmpty;
		const scale = ratio();
		const [width, height] = [Math.round(this.#width * scale), Math.round(this.#height * scale)];
		if (this.#overlay.width !== width || this.#overlay.height !== height) {
			this.#overlay.width = width;
			this.#overlay.height = height;
		} else ctx.clearRect(0, 0, width, height);
		const surface = surfaceOf(plot, ctx);
		const { colors } = this.#colors;
		if (selection) paintSelection(surface, selection.from, selection.to, colors);
		if (cursor) paintCrosshair(surface, cursor.t, cursor.pinned, this.#dots(cursor.t), colors);
	}
	#dots(t) {
		const data = this.#data;
		if (!data) return [];
		const at = nearestPoint(data.x, t);
		return this.#shown.flatMap((curve, i) => {
			const value = data.lines[i]?.[at] ?? null;
			return value === null || value > this.#top ? [] : [{
				value,
				color: this.#colors.colors.series(curve.color)
			}];
		});
	}
	#bucketLegend(t, hidden) {
		const found = this.#buckets;
		const at = found ? found.t.findLastIndex((start) => start <= t) : -1;
		return this.#curves.map((curve) => {
			const mean = found && at >= 0 ? found.curves[this.#shown.indexOf(curve)]?.mean[at] : void 0;
			return {
				curve,
				value: mean === void 0 || Number.isNaN(mean) ? null : mean,
				hidden: hidden.has(curve.key)
			};
		});
	}
	#peakTime(t, step) {
		const { store } = this.#app;
		const start = Math.floor(t / step) * step;
		const first = store.indexAtTime(start - 1) + 1;
		const end = store.indexAtTime(start + step - 1) + 1;
		const [curve] = this.#shown;
		if (!curve || end <= first) return void 0;
		const values = new Float64Array(end - first);
		readRows(store, curve, first, end, values, new Float64Array(end - first));
		let best = -1;
		for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i] ?? NaN) && (best < 0 || (values[i] ?? 0) > (values[best] ?? 0))) best = i;
		return best < 0 ? void 0 : store.time(first + best);
	}
};
var ratio = () => uPlot.pxRatio;
function surfaceOf(plot, ctx) {
	const { left, top, width, height } = plot.bbox;
	return {
		ctx,
		left,
		top,
		width,
		height,
		ratio: ratio(),
		x: (t) => plot.valToPos(t, "x", true),
		y: (value) => plot.valToPos(value, "y", true)
	};
}
function nearestPoint(x, t) {
	let low = 0;
	let high = x.length - 1;
	while (low < high) {
		const middle = low + high >> 1;
		if ((x[middle] ?? 0) < t) low = middle + 1;
		else high = middle;
	}
	return low > 0 && t - (x[low - 1] ?? 0) < (x[low] ?? 0) - t ? low - 1 : low;
}
function nearest(before, t, store) {
	const after = before + 1;
	if (after >= store.length || !store.has(after)) return before;
	return before >= 0 && t - store.time(before) <= store.time(after) - t ? before : after;
}
// src/ui/caption.ts
/** captionOf says a chart in one sentence: "CPU 37 %, rising, highest 92 % at 18:02:31". */
function captionOf({ title, unit, values, clockAt }, options = {}) {
	let highest = -1;
	let last = -1;
	for (let i = 0; i < values.length; i++) {
		const value = values[i] ?? NaN;
		if (Number.isNaN(value)) continue;
		last = i;
		if (highest < 0 || value > (values[highest] ?? NaN)) highest = i;
	}
	const now = values[last];
	const top = values[highest];
	if (now === void 0 || top === void 0) return `${title}: not measured`;
	return `${title} ${formatText(now, unit, options)}, ${trendOf(values, last)}, highest ${formatText(top, unit, options)} at ${clockAt(highest)}`;
}
/** A tenth of the range counts as movement, between the last tenth of the window and the one before. */
function trendOf(values, last) {
	const part = Math.max(1, Math.floor((last + 1) / 10));
	const [now, before, range] = [
		meanOf(values, last + 1 - part, last + 1),
		meanOf(values, last + 1 - 2 * part, last + 1 - part),
		rangeOf(values)
	];
	if (Number.isNaN(before) || range === 0 || Math.abs(now - before) < range / 10) return "steady";
	return now > before ? "rising" : "falling";
}
function meanOf(values, from, to) {
	let sum = 0;
	let count = 0;
	for (let i = Math.max(0, from); i < to; i++) {
		const value = values[i] ?? NaN;
		if (Number.isNaN(value)) continue;
		sum += value;
		count++;
	}
	return count === 0 ? NaN : sum / count;
}
function rangeOf(values) {
	let low = Infinity;
	let high = -Infinity;
	for (const value of Array.from(values)) {
		if (Number.isNaN(value)) continue;
		low = Math.min(low, value);
		high = Math.max(high, value);
	}
	return high > low ? high - low : 0;
}
// src/ui/context.ts
/** AppContext carries the one state of the page to every component. */
var AppContext = U(void 0);
/** useApp returns the state of the page. */
function useApp() {
	const app = j(AppContext);
	if (!app) throw new Error("component stands outside of AppContext");
	return app;
}
/** watch lets the component that calls it be drawn anew when one of the signals changes. */
function watch(...signals) {
	signals.forEach((each) => each.value);
}
// src/charts/canvas.ts
/** fitCanvas makes a canvas as large as it is shown, clears it and returns its context, scaled to CSS pixels. */
function fitCanvas(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
	if (width < 1 || height < 1) return void 0;
	const ratio = devicePixelRatio;
	const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
	if (canvas.width !== w || canvas.height !== h) {
		canvas.width = w;
		canvas.height = h;
	}
	const ctx = canvas.getContext("2d") ?? void 0;
	ctx?.setTransform(ratio, 0, 0, ratio, 0, 0);
	ctx?.clearRect(0, 0, width, height);
	return ctx;
}
/** How many rows a number of series takes; one series needs no strip. */
var heatRows = (series) => series <= 1 ? 0 : Math.min(16, series);
/** heatCells takes the largest value of every series in every column of time. */
function heatCells(app, family, max, columns) {
	const { store } = app;
	const series = store.byFamily(family);
	const rows = heatRows(series.length);
	const sorted = series.length > 16;
	const cells = new Float64Array(rows * columns).fill(NaN);
	const { from, to } = app.range();
	const first = Math.max(0, store.indexAtTime(from) + 1);
	const end = store.indexAtTime(to) + 1;
	if (rows === 0 || end <= first) return {
		rows,
		columns,
		cells,
		sorted
	};
	const all = new Float64Array(series.length * columns).fill(NaN);
	const values = new Float64Array(end - first);
	const place = placesOf(app, first, end, columns);
	series.forEach((info, s) => {
		store.column(info.id)?.read(first, end, values);
		spread(values, place, all.subarray(s * columns, (s + 1) * columns), max);
	});
	if (!sorted) return {
		rows,
		columns,
		cells: all,
		sorted
	};
	const one = new Float64Array(series.length);
	for (let column = 0; column < columns; column++) {
		for (let s = 0; s < series.length; s++) one[s] = all[s * columns + column] ?? NaN;
		const known = one.sort().findLastIndex((value) => !Number.isNaN(value)) + 1;
		for (let row = 0; row < rows; row++) {
			const rank = known - 1 - Math.round(row * (known - 1) / (rows - 1));
			cells[row * columns + column] = known === 0 ? NaN : one[rank] ?? NaN;
		}
	}
	return {
		rows,
		columns,
		cells,
		sorted
	};
}
/** The first and last column of every row of the store. */
function placesOf(app, first, end, columns) {
	const { store } = app;
	const { from, to } = app.range();
	const places = new Int32Array((end - first) * 2);
	const scale = columns / Math.max(1, to - from);
	let before = Math.floor((store.time(first) - store.intervalMs - from) * scale);
	for (let i = 0; i < end - first; i++) {
		const t = store.time(first + i);
		const at = Number.isNaN(t) ? -1 : Math.floor((t - from) * scale);
		const widest = Math.ceil(store.intervalMs * 1.5 * scale);
		places[2 * i] = at < 0 ? -1 : Math.max(0, before + 1, at - widest);
		places[2 * i + 1] = Math.min(columns - 1, at);
		if (at >= 0) before = at;
		if (at >= 0 && (places[2 * i] ?? 0) > at) places[2 * i] = Math.max(0, at);
	}
	return places;
}
function spread(values, places, out, max) {
	values.forEach((value, i) => {
		const from = places[2 * i] ?? -1;
		if (from < 0 || Number.isNaN(value)) return;
		const share = Math.min(1, Math.max(0, value / max));
		for (let x = from; x <= (places[2 * i + 1] ?? -1); x++) {
			const known = out[x] ?? NaN;
			out[x] = Number.isNaN(known) ? share : Math.max(known, share);
		}
	});
}
// src/charts/strip.ts
/** The shortest time a strip spans, while there are few rows. */
var LEAST_MS = 6e4;
/** createStrip draws into a canvas. */
function createStrip(canvas, app) {
	const source = watchColors(canvas, () => app.frameLoop.markDirty("theme"));
	const size = watchSize(canvas, () => app.frameLoop.markDirty("size"));
	return {
		draw(series) {
			const ctx = fitCanvas(canvas, size.width(), size.height());
			if (!ctx || !series) return;
			const values = stripValues(app, series, Math.max(2, Math.floor(size.width())));
			paintStrip(ctx, size.width(), size.height(), {
				values,
				top: stripTop(series, values),
				warn: levelOf$1(series.warn),
				critical: levelOf$1(series.crit)
			}, source.colors);
		},
		dispose() {
			source.dispose();
			size.dispose();
		}
	};
}
var levelOf$1 = (threshold) => threshold === void 0 || threshold === 0 ? Infinity : threshold;
/** watchSize knows how large an element is without asking for a layout at every drawing. */
function watchSize(el, changed) {
	let [width, height] = [0, 0];
	const observer = new ResizeObserver(([entry]) => {
		if (!entry) return;
		width = entry.contentRect.width;
		height = entry.contentRect.height;
		changed();
	});
	observer.observe(el);
	return {
		width: () => width,
		height: () => height,
		dispose: () => observer.disconnect()
	};
}
/** stripValues are the values over the view's window, the largest of each pixel. */
function stripValues(app, series, pixels) {
	const { store } = app;
	const { from: wanted, to } = app.range();
	const from = store.length > 0 ? Math.max(wanted, Math.min(store.time(0), to - LEAST_MS)) : wanted;
	const first = Math.max(0, store.indexAtTime(from));
	const end = Math.min(newestIndex(store), store.indexAtTime(to)) + 1;
	const out = new Float64Array(pixels).fill(NaN);
	const column = store.column(series.id);
	if (!column || end <= first) return out;
	const values = new Float64Array(end - first);
	column.read(first, end, values);
	const scale = (pixels - 1) / Math.max(1, to - from);
	let before = -1;
	values.forEach((value, i) => {
		const t = store.time(first + i);
		if (Number.isNaN(value) || Number.isNaN(t)) {
			before = -1;
			return;
		}
		const at = Math.round((t - from) * scale);
		if (before >= 0) for (let x = before + 1; x < at; x++) put(out, x, value);
		put(out, at, value);
		before = at;
	});
	return out;
}
function put(out, x, value) {
	if (x < 0 || x >= out.length) return;
	const known = out[x] ?? NaN;
	out[x] = Number.isNaN(known) ? value : Math.max(known, value);
}
/** stripTop is the top of a strip's scale: the natural maximum, else a round number that also leaves room for the threshold. */
function stripTop(series, values) {
	if (series.unit === "percent") return 100;
	let largest = series.warn ?? 0;
	for (const value of values) if (value > largest) largest = value;
	return niceTop(largest, "decimal");
}
/** paintStrip draws a line, its filling, and what is at or over a threshold. */
function paintStrip(ctx, width, height, line, colors) {
	const { values, top } = line;
	const step = values.length > 1 ? (width - 1) / (values.length - 1) : 0;
	const y = (value) => height - 1 - Math.min(1, Math.max(0, value) / top) * (height - 3);
	const trace = (wanted) => {
		let drawing = false;
		let any = false;
		ctx.beginPath();
		values.forEach((value, i) => {
			if (Number.isNaN(value) || !wanted(value)) {
				drawing = false;
				return;
			}
			if (drawing) ctx.lineTo(i * step, y(value));
			else {
				ctx.moveTo(i * step, y(value));
				ctx.lineTo(i * step + .5, y(value));
			}
			drawing = true;
			any = true;
		});
		return any;
	};
	fillUnder(ctx, values, step, height, y, withAlpha(colors.dim, .14));
	if (Number.isFinite(line.warn) && line.warn <= top) {
		ctx.strokeStyle = colors.line;
		ctx.lineWidth = 1;
		ctx.beginPath();
		ctx.moveTo(0, Math.round(y(line.warn)) + .5);
		ctx.lineTo(width, Math.round(y(line.warn)) + .5);
		ctx.stroke();
	}
	ctx.lineWidth = 1.2;
	ctx.strokeStyle = colors.dim;
	if (trace(() => true)) ctx.stroke();
	ctx.lineWidth = 2;
	ctx.strokeStyle = colors.warn;
	if (trace((value) => value >= line.warn && value < line.critical)) ctx.stroke();
	ctx.strokeStyle = colors.critical;
	if (trace((value) => value >= line.critical)) ctx.stroke();
}
function fillUnder(ctx, values, step, height, y, fill) {
	ctx.fillStyle = fill;
	for (let i = 0; i < values.length;) {
		if (Number.isNaN(values[i] ?? NaN)) {
			i++;
			continue;
		}
		ctx.beginPath();
		ctx.moveTo(i * step, height);
		let end = i;
		for (; end < values.length && !Number.isNaN(values[end] ?? NaN); end++) ctx.lineTo(end * step, y(values[end] ?? 0));
		ctx.lineTo((end - 1) * step, height);
		ctx.fill();
		i = end;
	}
}
// src/charts/heat.ts
/** createHeat draws the strip of a panel into an element, which becomes as high as its rows. */
function createHeat(el, { app, panel }) {
	const { strip: family } = panel;
	if (family === void 0) return void 0;
	const canvas = document.createElement("canvas");
	canvas.setAttribute("aria-hidden", "true");
	el.classList.add("heat");
	el.append(canvas);
	const colors = watchColors(el, () => app.frameLoop.markDirty("theme"));
	const size = watchSize(el, () => app.frameLoop.markDirty("size"));
	const timeAt = (clientX) => {
		const rect = el.getBoundingClientRect();
		const { from, to } = app.range();
		return from + (clientX - rect.left - 44) / Math.max(1, rect.width - 44) * (to - from);
	};
	const draw = () => {
		const rows = heatRows(app.store.byFamily(family).length);
		el.hidden = rows === 0;
		el.style.setProperty("--heat-rows", String(rows));
		const ctx = fitCanvas(canvas, size.width(), size.height());
		if (!ctx || rows === 0) return;
		const ratio = devicePixelRatio;
		const columns = Math.max(1, Math.floor((size.width() - 44) * ratio));
		const heat = heatCells(app, family, panel.stripMax ?? 100, columns);
		const { faint, font, cross } = colors.colors;
		paintCells(ctx, heat, colors.colors.series("c1"), Math.round(44 * ratio), canvas.height);
		ctx.fillStyle = faint;
		ctx.font = `10px ${font}`;
		ctx.textAlign = "right";
		ctx.textBaseline = "middle";
		if (size.height() >= 20 && heat.sorted) {
			ctx.fillText("busiest", 38, 6);
			ctx.fillText("idlest", 38, size.height() - 6);
		} else if (size.height() >= 8) ctx.fillText("cores", 38, size.height() / 2);
		const cursor = app.view.cursor.peek();
		const { from, to } = app.range();
		if (!cursor || cursor.t < from || cursor.t > to) return;
		ctx.fillStyle = cross;
		ctx.fillRect(Math.round(44 + (cursor.t - from) / (to - from) * (size.width() - 44)), 0, 1, size.height());
	};
	const ends = [
		attachGestures(el, {
			app,
			timeAt
		}),
		app.frameLoop.add(draw, el),
		() => colors.dispose(),
		() => size.dispose()
	];
	return {
		canvas,
		dispose() {
			for (const end of ends) end();
			canvas.remove();
		}
	};
}
/** Paints device pixels: a rectangle per cell would cost more than all charts together. */
function paintCells(ctx, heat, color, left, height) {
	const [red, green, blue] = channels(ctx, color);
	const image = ctx.createImageData(heat.columns, height);
	const pixels = new Uint32Array(image.data.buffer);
	const line = height / heat.rows;
	const rgb = blue << 16 | green << 8 | red;
	for (let row = 0; row < heat.rows; row++) {
		const top = Math.round(row * line);
		const bottom = Math.max(top + 1, Math.round((row + 1) * line) - (line >= 3 ? 1 : 0));
		for (let x = 0; x < heat.columns; x++) {
			const share = heat.cells[row * heat.columns + x] ?? NaN;
			if (Number.isNaN(share)) continue;
			const pixel = (Math.round((.06 + .94 * share) * 255) << 24 | rgb) >>> 0;
			for (let y = top; y < bottom; y++) pixels[y * heat.columns + x] = pixel;
		}
	}
	ctx.putImageData(image, left, 0);
}
/** The red, green and blue of any colour the canvas understands. */
function channels(ctx, color) {
	ctx.fillStyle = "#000000";
	ctx.fillStyle = color;
	const text = ctx.fillStyle;
	const hex = /^#([0-9a-f]{6})$/i.exec(text)?.[1];
	const part = (at) => parseInt(hex?.slice(at, at + 2) ?? "", 16);
	if (hex !== void 0) return [
		part(0),
		part(2),
		part(4)
	];
	const [red = 128, green = 128, blue = 128] = (text.match(/[\d.]+/g) ?? []).map(Number);
	return [
		red,
		green,
		blue
	];
}
// src/ui/core-strip.tsx
/** CoreStrip shows every processor as a row of colour under the plot; one processor needs none. */
function CoreStrip({ panel }) {
	const app = useApp();
	const root = T(null);
	A(() => {
		const heat = root.current ? createHeat(root.current, {
			app,
			panel
		}) : void 0;
		return () => heat?.dispose();
	}, [app, panel]);
	return /* @__PURE__ */ a("div", {
		class: "chart-strip",
		ref: root
	});
}
// src/ui/live.ts
/** useDraw calls draw whenever something is new and the element can be seen. */
function useDraw(element, draw) {
	const { frameLoop } = useApp();
	const newest = T(draw);
	newest.current = draw;
	A(() => {
		const el = element.current;
		if (!el) return void 0;
		return frameLoop.add(() => newest.current(), el);
	}, [frameLoop, element]);
}
/** setText changes a text only where it is another one. */
function setText(element, text) {
	if (element && element.textContent !== text) element.textContent = text;
}
/** setClass adds or removes a class. */
function setClass(element, name, on) {
	element?.classList.toggle(name, on);
}
/** setProperty sets a custom property; the content policy allows it from scripts. */
function setProperty(element, name, value) {
	if (element instanceof HTMLElement && element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}
/** setAttribute changes an attribute only where it is another one; undefined removes it. */
function setAttribute(element, name, value) {
	if (!element) return;
	if (value === void 0) element.removeAttribute(name);
	else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
/** useParts collects elements by name. */
function useParts() {
	const [parts] = d(createParts);
	return parts;
}
function createParts() {
	const elements = /* @__PURE__ */ new Map();
	const refs = /* @__PURE__ */ new Map();
	return {
		get: (name) => elements.get(name),
		ref: (name) => {
			const known = refs.get(name);
			if (known) return known;
			const ref = (element) => {
				if (element) elements.set(name, element);
				else elements.delete(name);
			};
			refs.set(name, ref);
			return ref;
		}
	};
}
// src/ui/legend.tsx
/** legendShape tells two legends with different buttons apart. */
function legendShape(items) {
	return items.map(({ curve, hidden }) => `${curve.key} ${curve.color} ${hidden}`).join("\n");
}
/**
* Legend names the curves and shows their values. A click shows one alone, a shift-click
* switches one. The values are written by whoever holds values.current.
*/
function Legend(props) {
	const root = T(null);
	const { values } = props;
	F(() => {
		const outputs = Array.from(root.current?.querySelectorAll(".legend-value") ?? []);
		values.current = (items, options) => items.forEach(({ curve, value }, i) => setText(outputs[i], formatText(value, curve.unit, options)));
		return () => {
			values.current = null;
		};
	});
	return /* @__PURE__ */ a("div", {
		class: "legend",
		ref: root,
		children: props.items.map(({ curve, hidden }) => /* @__PURE__ */ a("button", {
			type: "button",
			class: "legend-item",
			"aria-pressed": !hidden,
			onClick: (event) => event.shiftKey ? props.onToggle(curve.key) : props.onAlone(curve.key),
			children: [
				/* @__PURE__ */ a(Swatch, {
					color: curve.color,
					kind: curve.style
				}),
				curve.title,
				/* @__PURE__ */ a("span", {
					class: "legend-value",
					children: "…"
				})
			]
		}, curve.key))
	});
}
function Swatch(props) {
	const swatch = T(null);
	F(() => setProperty(swatch.current, "--swatch", `var(--${props.color})`), [props.color]);
	return /* @__PURE__ */ a("span", {
		class: `legend-swatch is-${props.kind}`,
		ref: swatch
	});
}
/** aloneOrAll hides all curves of a panel but one; if that one is alone already, none. */
function aloneOrAll(hidden, keys, key) {
	const others = keys.filter((other) => other !== key);
	const alone = !hidden.has(key) && others.every((other) => hidden.has(other));
	const next = new Set([...hidden].filter((other) => !keys.includes(other)));
	if (!alone) for (const other of others) next.add(other);
	return next;
}
/** toggled hides a curve or shows it again; the last one of a panel stays. */
function toggled(hidden, keys, key) {
	const next = new Set(hidden);
	if (next.has(key)) next.delete(key);
	else if (keys.some((other) => other !== key && !hidden.has(other))) next.add(key);
	return next;
}
// src/ui/moment.ts
/** momentOf returns the row under the cursor, else the newest one. */
function momentOf(app) {
	const { store, view } = app;
	const pinned = view.cursor.peek() !== null;
	const index = app.index();
	return {
		index,
		ms: index >= 0 ? store.time(index) : NaN,
		pinned,
		stale: !pinned && store.length > 0 && app.stale(),
		loading: pinned && index < 0
	};
}
/** newestMs is the host's time of the newest row, NaN before the first. */
function newestMs(store) {
	return store.length > 0 ? store.time(store.length - 1) : NaN;
}
/** valueOptions are the units a person has chosen for network rates. */
function valueOptions(app) {
	return { bits: app.view.units.peek() === "bits" };
}
/** valueText writes a value with its unit; disk rates are bytes, whatever was chosen for the network. */
function valueText(app, value, unit) {
	return formatText(value, unit ?? "", unit === "bits/s" ? valueOptions(app) : {});
}
// src/ui/chart-panel.tsx
/** A chart's sentence is for whoever reads, not for whoever watches: it need not follow every row. */
var captionEveryMs = 1e4;
/**
* ChartPanel is a chart: a figure with a title, a sentence, the plot with the time cursor
* as its one focusable part, and a legend with the values at the cursor. The plot is made
* when the panel is first seen.
*/
function ChartPanel({ panel, heading }) {
	const app = useApp();
	const Heading = heading;
	const root = T(null);
	const area = T(null);
	const slider = T(null);
	const caption = T(null);
	const values = T(null);
	const plot = T(void 0);
	const shape = T("");
	const captionAt = T(-Infinity);
	const [items, setItems] = d([]);
	const onDraw = () => {
		const legend = plot.current?.legend() ?? [];
		const now = legendShape(legend);
		if (now !== shape.current) {
			shape.current = now;
			setItems(legend);
		}
		values.current?.(legend, rateOptions(app, panel));
		setClass(root.current, "is-stale", momentOf(app).stale);
		if (app.now() - captionAt.current < captionEveryMs) return;
		captionAt.current = app.now();
		setText(caption.current, sentence$1(app, panel, legend));
	};
	useDraw(root, () => {
		const el = area.current;
		if (!el || plot.current) return;
		plot.current = new Plot(el, {
			app,
			panel,
			onDraw
		});
	});
	A(() => () => {
		plot.current?.dispose();
		plot.current = void 0;
	}, []);
	const keys = items.map(({ curve }) => curve.key);
	const hide = (next) => app.view.setHidden(next);
	const speak = () => setAttribute(slider.current, "aria-valuetext", cursorText(app, plot.current?.legend() ?? [], rateOptions(app, panel)));
	return /* @__PURE__ */ a("figure", {
		class: "chart-panel",
		ref: root,
		children: [
			/* @__PURE__ */ a("figcaption", {
				class: "chart-head",
				children: [/* @__PURE__ */ a(Heading, {
					class: "chart-title",
					children: panel.title
				}), /* @__PURE__ */ a("span", {
					class: "chart-note",
					children: panel.subtitle
				})]
			}),
			/* @__PURE__ */ a("p", {
				class: "visually-hidden",
				ref: caption
			}),
			/* @__PURE__ */ a("div", {
				class: "chart-body",
				children: [/* @__PURE__ */ a("div", {
					class: "chart-area",
					children: [/* @__PURE__ */ a("div", {
						class: "chart-plot",
						ref: area
					}), /* @__PURE__ */ a("div", {
						class: "chart-slider",
						ref: slider,
						role: "slider",
						tabIndex: 0,
						"aria-label": `time cursor, ${panel.title}`,
						"aria-valuemin": 0,
						"aria-valuemax": 100,
						"aria-valuenow": 100,
						"aria-valuetext": "now",
						onKeyUp: speak
					})]
				}), panel.strip !== void 0 && panel.strip !== "" && /* @__PURE__ */ a(CoreStrip, { panel })]
			}),
			/* @__PURE__ */ a(Legend, {
				items,
				values,
				onAlone: (key) => hide(aloneOrAll(app.view.hidden.peek(), keys, key)),
				onToggle: (key) => hide(toggled(app.view.hidden.peek(), keys, key))
			})
		]
	});
}
/** EmptyPanel keeps the place of a chart until the host has said what there is. */
function EmptyPanel({ title }) {
	return /* @__PURE__ */ a("figure", {
		class: "chart-panel",
		children: [
			/* @__PURE__ */ a("figcaption", {
				class: "chart-head",
				children: /* @__PURE__ */ a("h2", {
					class: "chart-title",
					children: title
				})
			}),
			/* @__PURE__ */ a("div", { class: "chart-body" }),
			/* @__PURE__ */ a("div", { class: "legend" })
		]
	});
}
/** rateOptions: network rates are bits or bytes as a person chose, those of disks always bytes. */
function rateOptions(app, panel) {
	return { bits: panel.section === "network" && app.view.units.peek() === "bits" };
}
/** sentence speaks of the whole of a stack, else of the largest curve. */
function sentence$1(app, panel, legend) {
	const { store } = app;
	const { from, to } = app.range();
	const first = Math.max(0, store.indexAtTime(from));
	const last = store.indexAtTime(to);
	if (last < first || legend.length === 0) return `${panel.title}: not measured`;
	const solid = legend.filter(({ curve }) => curve.style !== "line" || panel.stack !== true);
	const values = new Float64Array(last - first + 1);
	for (let i = 0; i < values.length; i++) {
		const known = legendAt(store, solid.map(({ curve }) => curve), first + i, /* @__PURE__ */ new Set()).flatMap(({ value }) => value ?? []);
		values[i] = known.length === 0 ? NaN : panel.stack === true ? known.reduce((sum, value) => sum + value, 0) : Math.max(...known);
	}
	const unit = legend[0]?.curve.unit ?? "";
	return captionOf({
		title: panel.title,
		unit,
		values,
		clockAt: (i) => formatClock(store.time(first + i), app.zone())
	}, rateOptions(app, panel));
}
/** cursorText is what the slider says after a key: the second and the values at it. */
function cursorText(app, legend, options) {
	const t = app.time();
	const time = Number.isNaN(t) ? "" : formatClock(t, app.zone());
	const said = legend.map(({ curve, value }) => `${curve.title} ${formatText(value, curve.unit, options)}`);
	return [t === newestMs(app.store) ? `now, ${time}` : time, ...said].join(", ");
}
// src/ui/reading.ts
/**
* readSigns returns the one of several numbers that a cell shows: the one nearest to,
* or furthest beyond, its threshold; without thresholds the first that has a value.
*/
function readSigns(values, signs, index) {
	let best = {
		sign: void 0,
		series: void 0,
		value: null,
		level: "ok"
	};
	let bestNearness = -1;
	for (const sign of signs ?? []) {
		const series = values.find(sign.family)[0];
		if (!series) continue;
		const value = index < 0 ? null : values.value(series.id, index);
		if (value === null) {
			if (!best.series) best = {
				sign,
				series,
				value,
				level: "ok"
			};
			continue;
		}
		const nearness = nearnessOf(series, value);
		if (best.value !== null && nearness <= bestNearness) continue;
		best = {
			sign,
			series,
			value,
			level: levelOf(series, value)
		};
		bestNearness = nearness;
	}
	return best;
}
function nearnessOf(series, value) {
	const mark = series.warn ?? series.crit ?? 0;
	return mark > 0 ? value / mark : 0;
}
/** levelOf compares a value with the thresholds of its series. */
function levelOf(series, value) {
	if (series.crit !== void 0 && series.crit > 0 && value >= series.crit) return "critical";
	if (series.warn !== void 0 && series.warn > 0 && value >= series.warn) return "warn";
	return "ok";
}
var levels$1 = [
	"ok",
	"warn",
	"critical"
];
var causes = [
	"none",
	"use",
	"saturation",
	"errors"
];
/** readState returns the state of a resource at a row. */
function readState(values, resource, index) {
	const level = stateAt(values, resource.state, index);
	if (level === null) return {
		level: "unknown",
		cause: "none",
		sinceMs: null
	};
	const cause = causes[stateAt(values, resource.cause, index) ?? 0] ?? "none";
	const since = stateAt(values, resource.since, index);
	const sinceMs = since === null || since === 0 ? null : since * 1e3;
	return {
		level: levels$1[level] ?? "unknown",
		cause,
		sinceMs: cause === "errors" ? lastRise(values, resource.err, index) ?? sinceMs : sinceMs
	};
}
function stateAt(values, family, index) {
	const series = values.find(family)[0];
	return series && index >= 0 ? values.value(series.id, index) : null;
}
/** The errors of a cell are those of five minutes, so the last one is at the last rise within them. */
var errorRows = 300;
function lastRise(values, signs, index) {
	const series = signs?.[0] && values.find(signs[0].family)[0];
	if (!series) return null;
	let after = values.value(series.id, index);
	for (let i = index - 1; i >= Math.max(0, index - errorRows); i--) {
		const before = values.value(series.id, i);
		if (before === null) return null;
		if (after !== null && after > before) return values.time(i + 1);
		after = before;
	}
	return null;
}
/** readWorst names the instance that a cell's use speaks of. */
function readWorst(values, resource, index) {
	const worst = resource.worst;
	if (!worst) return void 0;
	const names = /* @__PURE__ */ new Set();
	let name;
	let largest = -Infinity;
	for (const series of values.find(worst.family, worst.where)) {
		const instance = series.labels?.[worst.label];
		if (instance === void 0) continue;
		names.add(instance);
		const value = index < 0 ? null : values.value(series.id, index);
		if (value !== null && value > largest) {
			largest = value;
			name = instance;
		}
	}
	return name === void 0 ? void 0 : {
		name,
		of: names.size
	};
}
/** worse orders readings of states: the worse one, and of equals the one that came first, wins. */
function worse(a, b) {
	const rank = (state) => state.level === "unknown" ? -1 : levels$1.indexOf(state.level);
	if (rank(a) !== rank(b)) return rank(a) > rank(b);
	return (a.sinceMs ?? Infinity) < (b.sinceMs ?? Infinity);
}
/** stateWord says a state in one word. */
function stateWord(state, limits) {
	if (state.cause === "errors") return "errors";
	if (limits) return state.level === "critical" ? "nearly full" : "filling";
	if (state.level === "critical") return state.cause === "use" ? "full" : "saturated";
	return "busy";
}
// src/ui/cell-note.tsx
/** CellNote stands at the right of a cell's head: its state, or what is worth knowing while it is well. */
function CellNote({ parts }) {
	return /* @__PURE__ */ a("p", {
		class: "cell-note",
		children: [/* @__PURE__ */ a("svg", {
			viewBox: "0 0 9 9",
			fill: "currentColor",
			"aria-hidden": "true",
			children: /* @__PURE__ */ a("path", { ref: parts.ref("shape") })
		}), /* @__PURE__ */ a("span", {
			class: "note-text",
			children: [
				/* @__PURE__ */ a("span", { ref: parts.ref("note-text") }),
				/* @__PURE__ */ a("span", {
					class: "note-link",
					ref: parts.ref("note-link")
				}),
				/* @__PURE__ */ a("span", { ref: parts.ref("note-time") })
			]
		})]
	});
}
var keepNameMs = 1e4;
/** drawNote writes a cell's state, or its caption, and colours the cell's edge. */
function drawNote(app, resource, moment, cell, parts, kept) {
	const state = readState(app.store, resource, moment.index);
	const bad = !moment.stale && (state.level === "warn" || state.level === "critical");
	setClass(cell, "is-warn", bad && state.level === "warn");
	setClass(cell, "is-critical", bad && state.level === "critical");
	const shape = parts.get("shape");
	setAttribute(shape?.closest("svg"), "hidden", bad ? void 0 : "");
	if (bad) setAttribute(shape, "d", shapePath(stateShape(state)));
	const since = bad ? state.sinceMs : null;
	setText(parts.get("note-text"), bad ? stateWord(state, resource.limits !== void 0) : moment.stale ? asOf$1(app, moment) : caption(app, resource, moment, kept));
	setText(parts.get("note-link"), since === null ? "" : state.cause === "errors" ? ", last" : " since");
	setText(parts.get("note-time"), since === null ? "" : ` ${sinceText(app, since)}`);
}
/** sinceText is a time of day, with the date instead of the seconds where it was another day. */
function sinceText(app, since) {
	const moment = formatMoment(since, app.time(), app.zone());
	return moment.length > 8 ? moment.slice(5, 16) : moment;
}
/** stateShape is the shape that stands for a state. */
function stateShape(state) {
	if (state.cause === "errors") return "errors";
	return state.level === "critical" ? "critical" : "warn";
}
/** asOf says how old what is shown is. */
function asOf$1(app, moment) {
	return moment.index < 0 ? "" : `as of ${formatClock(moment.ms, app.zone())}`;
}
function caption(app, resource, moment, kept) {
	if (resource.limits) return "nearest first";
	const worst = readWorst(app.store, resource, moment.index);
	if (worst) {
		const text = worst.of > 1 ? `${truncateMiddle(worst.name, 14)}, worst of ${worst.of}` : truncateMiddle(worst.name, 18);
		if (moment.pinned || Math.abs(moment.ms - kept.sinceMs) >= keepNameMs) {
			kept.text = text;
			kept.sinceMs = moment.ms;
		}
		return kept.text;
	}
	const words = (resource.caption ?? []).map((part) => {
		if (part.family === void 0 || part.family === "") return part.text ?? "";
		const series = app.store.find(part.family, part.match)[0];
		const value = series && moment.index >= 0 ? app.store.value(series.id, moment.index) : null;
		return series && value !== null ? valueText(app, value, series.unit) : void 0;
	});
	return words.every((word) => word !== void 0) ? words.join("") : "";
}
// src/panels/resource-section.tsx
/** sectionId is the id of a section's element. */
var sectionId = (section) => `section-${section}`;
/** ResourceSection is everything about one resource; a bad one says so in its head. */
function ResourceSection({ section, resource, open }) {
	const app = useApp();
	const head = T(null);
	const parts = useParts();
	useDraw(head, () => {
		if (!resource) return;
		const moment = momentOf(app);
		const state = readState(app.store, resource, moment.index);
		const bad = !moment.stale && (state.level === "warn" || state.level === "critical");
		const pin = parts.get("pin");
		setAttribute(pin, "hidden", bad ? void 0 : "");
		if (!bad) return;
		setClass(pin, "is-warn-text", state.level === "warn");
		setClass(pin, "is-critical-text", state.level === "critical");
		setAttribute(parts.get("shape"), "d", shapePath(stateShape(state)));
		setText(parts.get("word"), stateWord(state, resource.limits !== void 0));
	});
	return /* @__PURE__ */ a("details", {
		class: "resource-section",
		id: sectionId(section.id),
		open,
		children: [/* @__PURE__ */ a("summary", {
			class: "section-head",
			ref: head,
			children: [
				/* @__PURE__ */ a(Chevron, {}),
				/* @__PURE__ */ a("h2", { children: section.title }),
				/* @__PURE__ */ a("span", {
					class: "section-pin",
					ref: parts.ref("pin"),
					hidden: true,
					children: [/* @__PURE__ */ a("svg", {
						viewBox: "0 0 9 9",
						fill: "currentColor",
						"aria-hidden": "true",
						children: /* @__PURE__ */ a("path", { ref: parts.ref("shape") })
					}), /* @__PURE__ */ a("span", { ref: parts.ref("word") })]
				})
			]
		}), /* @__PURE__ */ a("div", {
			class: "chart-grid",
			children: section.panels.map((panel) => /* @__PURE__ */ a(ChartPanel, {
				panel,
				heading: "h3"
			}, panel.id))
		})]
	});
}
// src/panels/sections.ts
/** The sections in the order of the page; it never changes. */
var known = [
	[
		"cpu",
		"CPU",
		[
			"cpu",
			"load",
			"tasks"
		]
	],
	[
		"memory",
		"Memory",
		["memory", "swap"]
	],
	[
		"pressure",
		"Pressure",
		["pressure"]
	],
	[
		"disk",
		"Disks",
		["disk"]
	],
	[
		"filesystem",
		"Filesystems",
		["filesystem"]
	],
	[
		"network",
		"Network",
		["net"]
	],
	[
		"tcp",
		"TCP and UDP",
		["tcp", "udp"]
	],
	[
		"sensors",
		"Sensors",
		["sensor"]
	],
	[
		"limits",
		"Limits and processes",
		[
			"kernel",
			"process",
			"host",
			"cgroup"
		]
	],
	[
		"self",
		"dashcam itself",
		[
			"self",
			"collector",
			"sampler"
		]
	]
];
/** Families of signs and states: they stand in the matrix, not in charts. */
var signs = /* @__PURE__ */ new Set([
	"use",
	"sat",
	"err",
	"state",
	"cause",
	"since",
	"limit"
]);
/** hasSeries says whether this host has anything that a panel draws. */
function hasSeries(panel, series) {
	const families = new Set(panel.layers && panel.layers.length > 0 ? panel.layers.map((layer) => layer.family) : panel.families);
	return series.some((info) => families.has(info.name) && matchesWhere(panel, info));
}
function matchesWhere(panel, info) {
	return Object.entries(panel.where ?? {}).every(([name, wanted]) => wanted.includes(info.labels?.[name] ?? info.info?.[name] ?? ""));
}
/** firstPanels are the charts of the first screen, in their places. */
function firstPanels(panels) {
	return panels.filter((panel) => (panel.first ?? 0) > 0).sort((a, b) => (a.first ?? 0) - (b.first ?? 0));
}
/**
* sections sorts the panels that have something to draw into their sections. A family
* that stands in no panel gets a plain one, so that a new collector is seen without a
* line of TypeScript.
*/
function sections(panels, series) {
	const all = [...panels.filter((panel) => (panel.first ?? 0) === 0 && hasSeries(panel, series)), ...plainPanels(panels, series)];
	const ids = [...known.map(([id]) => id), ...all.map((panel) => panel.section)];
	return [...new Set(ids)].flatMap((id) => {
		const own = all.filter((panel) => panel.section === id);
		return own.length === 0 ? [] : [{
			id,
			title: sectionTitle(id),
			panels: own
		}];
	});
}
/** sectionTitle is what stands over a section. */
function sectionTitle(id) {
	return known.find(([name]) => name === id)?.[1] ?? capital(id);
}
function plainPanels(panels, series) {
	const shown = new Set(panels.flatMap((panel) => [
		...panel.families,
		...(panel.layers ?? []).map((layer) => layer.family),
		panel.strip ?? ""
	]));
	const plain = /* @__PURE__ */ new Map();
	for (const info of series) {
		const group = info.name.split(".")[0] ?? info.name;
		if (shown.has(info.name) || signs.has(group) || info.kind === "state" || info.unit === "timestamp" || plain.has(info.name)) continue;
		plain.set(info.name, {
			id: info.name,
			title: plainTitle(info.name),
			subtitle: info.help.replace(/\.$/, ""),
			section: known.find(([, , families]) => families.includes(group))?.[0] ?? group,
			families: [info.name],
			scale: info.unit === "percent" && (info.max ?? 0) === 100 ? "percent" : "free"
		});
	}
	return [...plain.values()];
}
/** plainTitle makes words of a family's name: "cpu.core.usage" is "Cpu core usage". */
function plainTitle(name) {
	return capital(name.replaceAll(/[._]/g, " "));
}
var capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
// src/wire/messages.gen.ts
var SUBPROTOCOL = "dashcam.v1";
var TOPIC_METRICS = "metrics";
var MAX_REACH = 3600;
/** CloseStopping says that the server stops; the page returns after Bye.RetryMs. */
var CLOSE_STOPPING = 1001;
/** CloseSignedOut says that the session ended; the page shows the sign-in. */
var CLOSE_SIGNED_OUT = 1008;
/** CloseTooBig says that a message was longer than MaxInbound. */
var CLOSE_TOO_BIG = 1009;
/**
* CloseTryLater says that there are too many viewers, or that this one did not
* read in time; the page returns after Bye.RetryMs.
*/
var CLOSE_TRY_LATER = 1013;
/**
* CloseProtocol says that a message of the page was not understood; returning
* at once would not help.
*/
var CLOSE_PROTOCOL = 4e3;
/**
* CloseVersion says that the page asked for another subprotocol than
* Subprotocol; it offers to reload.
*/
var CLOSE_VERSION = 4001;
/**
* CloseTooMany says that the page sent more than MaxPerSecond messages, or
* control frames without end.
*/
var CLOSE_TOO_MANY = 4002;
/** CloseIdle says that the page did not subscribe within 10 s. */
var CLOSE_IDLE = 4003;
// src/state/connection-state.ts
/** How long the notes RESUMED and RESTARTED stand. */
var NOTE_MS = 3e3;
/** The first wait, the longest, and the one after two minutes without success. */
var FIRST_WAIT_MS = 500;
var LONGEST_WAIT_MS = 8e3;
var PATIENT_AFTER_MS = 12e4;
var PATIENT_WAIT_MS = 3e4;
/** The wait before another try at a server that is full and did not say when. */
var FULL_WAIT_MS = 5e3;
/** A host whose answers come but whose rows do not is left this long before the socket is changed. */
var SILENT_HOST_MS = 15e3;
var initialState = (now) => ({
	name: "CONNECTING",
	since: now,
	open: false,
	attempt: 0,
	retryAt: void 0,
	lostAt: void 0,
	progress: {
		done: 0,
		total: 0
	},
	intervalMs: 1e3,
	instance: "",
	synced: false,
	rowT: 0,
	rowAt: void 0,
	clock: void 0,
	pongAt: void 0,
	culprit: "unknown",
	reason: "",
	wait: void 0,
	resumed: void 0,
	outdated: false
});
/** Up to this age a row is live. */
var liveAgeMs = (intervalMs) => Math.max(1.5 * intervalMs, intervalMs + 500);
/** Beyond this age nothing on the page may look live. */
var staleAgeMs = (intervalMs) => Math.max(3e3, 3 * intervalMs);
/**
* rowAge is how old the newest row is: the longer of the time since it arrived and, where
* the host's clock is known, its age on that clock (rows that are all late by the same
* amount arrive regularly and are old all the same). Infinity before the first row.
*/
function rowAge(state, now) {
	if (state.rowAt === void 0) return Infinity;
	const arrived = now - state.rowAt;
	const byClock = state.clock ? now + state.clock.offset - state.rowT - state.clock.roundTrip / 2 : 0;
	return Math.max(0, arrived, byClock);
}
/** isStale says that no number on the page may look live. */
function isStale(state, now) {
	return !state.open || !state.synced || rowAge(state, now) > staleAgeMs(state.intervalMs);
}
/** retryWait is how long to wait before an attempt; jitter is in [0, 1). */
function retryWait(attempt, lostForMs, jitter) {
	return (lostForMs >= PATIENT_AFTER_MS ? PATIENT_WAIT_MS : Math.min(lostForMs >= PATIENT_AFTER_MS ? PATIENT_WAIT_MS : LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10))) * (.5 + jitter / 2);
}
/** reduce returns the state after an event; the same object where nothing changed. */
function reduce(state, event) {
	const { now } = event;
	switch (event.type) {
		case "connect":
			if (state.name === "OFFLINE" || isFinal(state)) return state;
			return enter({
				...state,
				retryAt: void 0,
				attempt: state.attempt + 1,
				open: false,
				wait: void 0
			}, state.lostAt === void 0 ? "CONNECTING" : state.name, now);
		case "hello": return greet(state, event.hello, event.asked, now);
		case "history": return historyCame(state, event, now);
		case "row": return fresh({
			...state,
			synced: true,
			rowT: event.t,
			rowAt: now
		}, now);
		case "resumed": return resume(state, event, now);
		case "pong": {
			const roundTrip = Math.max(0, now - event.sentAt);
			const offset = event.hostMs - (now + event.sentAt) / 2;
			const better = !state.clock || roundTrip <= state.clock.roundTrip * 1.5 || Math.abs(offset - state.clock.offset) > roundTrip;
			return {
				...state,
				pongAt: now,
				clock: better ? {
					offset,
					roundTrip
				} : state.clock
			};
		}
		case "bye": return {
			...state,
			reason: event.reason,
			wait: event.retryMs
		};
		case "close": return close(state, event.code, event.reason, event.jitter, now);
		case "watchdog": return lose(state, "RETRYING", "no rows", event.jitter, now);
		case "tick": return tick(state, now);
		case "denied": return enter({
			...state,
			open: false,
			synced: false,
			retryAt: void 0,
			lostAt: state.lostAt ?? now
		}, "DENIED", now);
		case "offline":
			if (isFinal(state)) return state;
			return enter({
				...state,
				open: false,
				synced: false,
				retryAt: void 0,
				lostAt: state.lostAt ?? now
			}, "OFFLINE", now);
		case "online":
			if (state.name !== "OFFLINE") return state;
			return enter({
				...state,
				retryAt: now,
				attempt: 0
			}, state.rowAt === void 0 ? "CONNECTING" : "RETRYING", now);
		case "wake": return state.retryAt === void 0 || state.name === "FULL" ? state : {
			...state,
			retryAt: now
		};
		case "retry":
			if (state.open || state.name === "OFFLINE") return state;
			if (state.name === "DENIED") return enter({
				...state,
				retryAt: now,
				attempt: 0
			}, "RETRYING", now);
			return state.retryAt === void 0 ? state : {
				...state,
				retryAt: now
			};
	}
}
/** States that do not end by waiting. */
var isFinal = (state) => state.name === "DENIED" || state.name === "OUTDATED" && !state.open;
function enter(state, name, now) {
	return state.name === name ? state : {
		...state,
		name,
		since: now
	};
}
function greet(state, hello, asked, now) {
	const restarted = state.instance !== "" && state.instance !== hello.instance;
	const next = {
		...state,
		open: true,
		attempt: 0,
		retryAt: void 0,
		reason: "",
		wait: void 0,
		instance: hello.instance,
		intervalMs: hello.intervalMs,
		progress: {
			done: 0,
			total: asked
		},
		synced: false,
		culprit: "unknown",
		pongAt: now,
		clock: {
			offset: hello.nowMs - now,
			roundTrip: Infinity
		},
		outdated: state.outdated || !hello.sameBuild || !hello.sameProtocol
	};
	if (!hello.sameProtocol) return enter({
		...next,
		open: false,
		lostAt: state.lostAt ?? now
	}, "OUTDATED", now);
	if (next.outdated) return enter(next, "OUTDATED", now);
	return enter(next, restarted ? "RESTARTED" : "SYNCING", now);
}
function historyCame(state, event, now) {
	const done = state.progress.done + event.rows;
	const next = {
		...state,
		progress: {
			done,
			total: Math.max(done, state.progress.total)
		}
	};
	if (event.more) return next;
	const newer = event.t > state.rowT;
	return fresh({
		...next,
		synced: true,
		rowT: newer ? event.t : state.rowT,
		rowAt: newer || state.rowAt === void 0 ? now : state.rowAt
	}, now);
}
/** A row has come: the state follows its age, a note stands out its time. */
function fresh(state, now) {
	const found = {
		...state,
		lostAt: void 0,
		culprit: "unknown"
	};
	if (state.name === "OUTDATED") return found;
	if ((state.name === "RESUMED" || state.name === "RESTARTED") && now - state.since < NOTE_MS) return found;
	return tick(enter(found, "LIVE", now), now);
}
function resume(state, event, now) {
	const afterMs = now - (state.lostAt ?? state.since);
	const next = {
		...state,
		resumed: {
			afterMs,
			filled: event.filled,
			lost: event.lost
		},
		lostAt: void 0
	};
	return state.name === "OUTDATED" || state.name === "RESTARTED" ? next : enter(next, "RESUMED", now);
}
/** Time passed and nothing happened. */
function tick(state, now) {
	if (!state.open || !state.synced) return state;
	if (state.name === "OUTDATED") return state;
	if (rowAge(state, now) > liveAgeMs(state.intervalMs)) {
		const culprit = state.pongAt !== void 0 && now - state.pongAt < staleAgeMs(state.intervalMs) + state.intervalMs ? "host" : "network";
		const late = enter(state, "LATE", now);
		return late.culprit === culprit ? late : {
			...late,
			culprit
		};
	}
	if ((state.name === "RESUMED" || state.name === "RESTARTED") && now - state.since < NOTE_MS) return state;
	return enter(state, "LIVE", now);
}
/** Whether the socket has to be given up: open, but nothing comes through it any more. */
function isDead(state, now, openedAt) {
	const silence = Math.min(now - openedAt, rowAge(state, now));
	if (silence <= staleAgeMs(state.intervalMs)) return false;
	return state.pongAt !== void 0 && now - state.pongAt < staleAgeMs(state.intervalMs) + 1e3 ? silence > Math.max(SILENT_HOST_MS, 10 * state.intervalMs) : true;
}
function close(state, code, reason, jitter, now) {
	switch (code) {
		case CLOSE_SIGNED_OUT: return enter({
			...state,
			open: false,
			synced: false,
			retryAt: void 0,
			lostAt: state.lostAt ?? now,
			reason: "signed out"
		}, "DENIED", now);
		case CLOSE_VERSION:
		case CLOSE_PROTOCOL: return enter({
			...state,
			open: false,
			synced: false,
			outdated: true,
			retryAt: void 0,
			lostAt: state.lostAt ?? now,
			reason: "another version"
		}, "OUTDATED", now);
		case CLOSE_TRY_LATER: return lose(state, state.reason === "slow" ? "RETRYING" : "FULL", state.reason === "slow" ? "this page was too slow" : "too many viewers", jitter, now);
		case CLOSE_STOPPING: return lose(state, "RETRYING", "dashcam is stopping", jitter, now);
		case CLOSE_TOO_BIG:
		case CLOSE_TOO_MANY:
		case CLOSE_IDLE: return lose(state, "RETRYING", reason === "" ? `closed with ${code}` : reason, jitter, now);
		default: return lose(state, "RETRYING", reason, jitter, now);
	}
}
function lose(state, name, reason, jitter, now) {
	if (state.name === "OFFLINE" || isFinal(state)) return {
		...state,
		open: false,
		synced: false
	};
	const lostAt = state.lostAt ?? now;
	const asked = state.wait ?? (name === "FULL" ? FULL_WAIT_MS : void 0);
	const wait = asked !== void 0 && asked > 0 ? asked * (1 + jitter / 2) : retryWait(Math.max(0, state.attempt - 1), now - lostAt, jitter);
	return enter({
		...state,
		open: false,
		synced: false,
		lostAt,
		reason,
		wait: void 0,
		retryAt: now + wait
	}, name, now);
}
// src/ui/connection-words.ts
/**
* connectionWords says how the connection is doing. clock is the host's time of the
* newest row, with its offset, as text; cursorClock that of the pinned cursor.
*/
function connectionWords(state, now, clock, view, cursorClock) {
	switch (state.name) {
		case "CONNECTING": return {
			tone: "quiet",
			dot: "hollow",
			word: "CONNECTING",
			detail: "",
			speak: "connecting"
		};
		case "SYNCING": return {
			tone: "quiet",
			dot: "half",
			word: "SYNCING",
			detail: `catching up ${grouped(state.progress.done)} of ${grouped(state.progress.total)}`,
			speak: "catching up"
		};
		case "LATE": return {
			tone: "late",
			dot: "half",
			word: "LATE",
			detail: `${seconds(rowAge(state, now))} old · ${culprits[state.culprit]}`,
			speak: `late, ${culprits[state.culprit]}`
		};
		case "RETRYING": return {
			tone: "retrying",
			dot: "hollow",
			word: "RETRYING",
			detail: retryDetail(state, now, clock),
			speak: "connection lost, retrying"
		};
		case "OFFLINE": return {
			tone: "retrying",
			dot: "hollow",
			word: "OFFLINE",
			detail: last(state, clock, "waiting for the network"),
			speak: "offline"
		};
		case "DENIED": return {
			tone: "denied",
			dot: "hollow",
			word: "SIGNED OUT",
			detail: last(state, clock, "sign in to go on"),
			speak: "signed out"
		};
		case "FULL": return {
			tone: "retrying",
			dot: "hollow",
			word: "FULL",
			detail: retryDetail(state, now, clock),
			speak: "too many viewers"
		};
		case "OUTDATED":
			if (state.open && state.synced) break;
			return {
				tone: "denied",
				dot: "hollow",
				word: "OUTDATED",
				detail: last(state, clock, "reload the page"),
				speak: "another version of dashcam, reload the page"
			};
		case "RESUMED": {
			const cost = state.resumed;
			return {
				tone: "live",
				dot: "solid",
				word: "RESUMED",
				detail: cost ? `back after ${formatDuration(cost.afterMs)} · ${grouped(cost.filled)} filled · ${grouped(cost.lost)} lost` : "back",
				speak: "connected again"
			};
		}
		case "RESTARTED": return {
			tone: "live",
			dot: "solid",
			word: "RESTARTED",
			detail: "dashcam was started anew",
			speak: "dashcam was started anew"
		};
	}
	return chosen(view, clock, cursorClock);
}
function chosen(view, clock, cursorClock) {
	if (view.mode === "HELD") return {
		tone: "held",
		dot: "hollow",
		word: "HELD",
		detail: `${cursorClock}${view.behindMs === void 0 ? "" : ` · ${formatDuration(view.behindMs)} behind`} · L for live`,
		speak: "held"
	};
	if (view.mode === "RANGE") return {
		tone: "held",
		dot: "hollow",
		word: "RANGE",
		detail: `${clock} · L for live`,
		speak: "showing a range"
	};
	if (view.heldForMs !== void 0) return {
		tone: "live",
		dot: "solid",
		word: "LIVE",
		detail: `held by pointer, ${seconds(view.heldForMs)}`,
		speak: "live"
	};
	return {
		tone: "live",
		dot: "solid",
		word: "LIVE",
		detail: clock,
		speak: "live"
	};
}
var culprits = {
	host: "host slow",
	network: "network slow",
	unknown: "late"
};
function retryDetail(state, now, clock) {
	const wait = state.retryAt === void 0 ? 0 : Math.max(0, state.retryAt - now);
	return last(state, clock, wait < 500 ? "connecting" : `retry in ${Math.ceil(wait / 1e3)} s`);
}
function last(state, clock, what) {
	return state.rowAt === void 0 ? what : `last ${clock} · ${what}`;
}
var seconds = (ms) => Number.isFinite(ms) ? `${Math.max(1, Math.round(ms / 1e3))} s` : "…";
/** grouped writes a count with commas at thousands. */
function grouped(count) {
	return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}
// src/ui/segmented.tsx
/** Segmented is one choice out of a few: a group of radio inputs. */
function Segmented(props) {
	return /* @__PURE__ */ a("div", {
		class: `segmented ${props.class ?? ""}`,
		role: "radiogroup",
		"aria-label": props.label,
		children: props.choices.map((choice) => /* @__PURE__ */ a("label", {
			class: "segment",
			children: [/* @__PURE__ */ a("input", {
				type: "radio",
				name: props.name,
				checked: choice.value === props.value,
				onChange: () => props.onChange(choice.value)
			}), /* @__PURE__ */ a("span", {
				class: "segment-text",
				"data-text": choice.text,
				children: choice.text
			})]
		}, choice.value))
	});
}
// src/processes/auto.ts
var titles$1 = {
	name: "name",
	pid: "pid",
	user: "user",
	cpu: "CPU",
	memory: "memory",
	io: "I/O",
	threads: "threads",
	state: "state",
	cgroup: "cgroup"
};
/** columnTitle is the head of a column. */
function columnTitle(column) {
	return titles$1[column];
}
/** suggest returns what to rank processes by: the resource in the worst state decides. */
function suggest(values, resources, index) {
	let chosen;
	for (const resource of resources) {
		const state = readState(values, resource, index);
		if (state.level !== "warn" && state.level !== "critical") continue;
		if (!chosen || worse(state, chosen.state)) chosen = {
			resource,
			state
		};
	}
	if (!chosen) return {
		column: "cpu",
		sentence: "nothing is saturated",
		level: "ok",
		resource: ""
	};
	const { resource, state } = chosen;
	const word = stateWord(state, resource.limits !== void 0);
	const title = resource.title === "CPU" ? "CPU" : resource.title.toLowerCase();
	return {
		column: rankColumn(resource.rank),
		sentence: word === "errors" ? `${title} has errors` : resource.limits ? `a limit is ${word}` : `${title} is ${word}`,
		level: state.level === "critical" ? "critical" : "warn",
		resource: resource.id
	};
}
function rankColumn(rank) {
	return rank === "memory" || rank === "io" ? rank : "cpu";
}
// src/processes/columns.ts
var column = (name, number, title = columnTitle(name)) => ({
	name,
	title,
	number
});
var shownColumns = [
	column("name", false),
	column("pid", true),
	column("user", false),
	column("cpu", true, "CPU %"),
	{
		name: "trail",
		title: "last 5 min",
		number: true
	},
	column("memory", true),
	column("io", true),
	column("threads", true),
	column("state", false),
	column("cgroup", false)
];
// src/processes/from-table.ts
/** fromTable reads the columns the page knows how to draw out of any table. */
function fromTable(table) {
	const read = reader((name) => table.column(name));
	return table.rows().map(({ key, cells }) => read(key, cells));
}
/** reader returns a function from a row's cells to a process; at gives the place of a column. */
function reader(at) {
	const places = {
		name: at("name"),
		pid: at("pid"),
		user: at("user"),
		state: at("state"),
		cpu: at("cpu"),
		memory: at("memory"),
		io: at("io"),
		threads: at("threads"),
		cgroup: at("cgroup")
	};
	return (key, cells) => ({
		key,
		name: textOf(cells[places.name]),
		pid: numberOf(cells[places.pid]),
		user: textOf(cells[places.user]),
		state: textOf(cells[places.state]),
		cpu: numberOf(cells[places.cpu]),
		memory: numberOf(cells[places.memory]),
		io: numberOf(cells[places.io]),
		threads: numberOf(cells[places.threads]),
		cgroup: textOf(cells[places.cgroup])
	});
}
var numberOf = (cell) => typeof cell === "number" ? cell : null;
var textOf = (cell) => typeof cell === "string" ? cell : "";
// src/processes/order.ts
/** How often rows may change places, and how much a new value weighs in the average that ranks them. */
var reorderEveryMs = 3e3;
var weightOfNewest = .35;
function createCalmOrder(descending) {
	const average = /* @__PURE__ */ new Map();
	let order = [];
	let lastMs = -Infinity;
	const update = (rows) => {
		const present = /* @__PURE__ */ new Set();
		for (const { key, value } of rows) {
			present.add(key);
			if (typeof value !== "number") {
				average.delete(key);
				continue;
			}
			const before = average.get(key);
			average.set(key, before === void 0 ? value : before + (value - before) * weightOfNewest);
		}
		for (const key of average.keys()) if (!present.has(key)) average.delete(key);
	};
	return {
		next(rows, nowMs, frozen) {
			update(rows);
			const due = nowMs - lastMs >= reorderEveryMs || nowMs < lastMs;
			if (order.length === 0 || due && !frozen) {
				lastMs = nowMs;
				order = sortKeys(rows, (row) => average.get(row.key) ?? row.value, descending());
				return order;
			}
			order = keepOrder(order, rows, descending());
			return order;
		},
		reset() {
			average.clear();
			order = [];
			lastMs = -Infinity;
		}
	};
}
function keepOrder(order, rows, descending) {
	const present = new Set(rows.map((row) => row.key));
	const known = new Set(order);
	const kept = order.filter((key) => present.has(key));
	const added = rows.filter((row) => !known.has(row.key));
	if (added.length === 0) return kept.length === order.length ? order : kept;
	return [...kept, ...sortKeys(added, (row) => row.value, descending)];
}
function sortKeys(rows, value, descending) {
	return rows.map((row) => ({
		key: row.key,
		value: value(row)
	})).sort((a, b) => compare(a.value, b.value, descending) || (a.key < b.key ? -1 : 1)).map((row) => row.key);
}
/** compare orders two values; missing ones come last whatever the direction. */
function compare(a, b, descending) {
	if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
	const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
	return descending ? -order : order;
}
// src/wire/decode.ts
var isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
var isText = (value) => typeof value === "string";
var isNumber = (value) => typeof value === "number" && Number.isFinite(value);
var isFlag = (value) => typeof value === "boolean";
var isSeq = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
/** A double holds every integer up to 2^53 exactly, the last one included. */
var isExact = (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 53;
var isQuanta = (value) => value === null || isExact(value);
var isCell = (value) => value === null || typeof value === "string" || isExact(value);
var listOf = (check) => (value) => Array.isArray(value) && value.every(check);
var mapOf = (check) => (value) => isObject(value) && Object.values(value).every(check);
var optional = (check) => (value) => value === void 0 || check(value);
var shape = (fields) => (value) => isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
var isTexts = listOf(isText);
var isMatch = optional(mapOf(isTexts));
var isSeries = shape({
	id: isSeq,
	name: isText,
	kind: (value) => value === "gauge" || value === "counter" || value === "state",
	quantum: (value) => typeof value === "number" && value > 0,
	help: isText,
	labels: optional(mapOf(isText)),
	info: optional(mapOf(isText)),
	unit: optional(isText),
	max: optional(isNumber),
	warn: optional(isNumber),
	crit: optional(isNumber),
	source: optional(isText),
	states: optional(isTexts)
});
var isLayer = shape({
	title: isText,
	family: isText,
	color: isText,
	match: isMatch,
	reduce: optional(isText),
	style: optional(isText)
});
var isPanel = shape({
	id: isText,
	title: isText,
	section: isText,
	families: isTexts,
	scale: isText,
	first: optional(isNumber),
	layers: optional(listOf(isLayer)),
	where: isMatch,
	stack: optional(isFlag),
	sum: optional(isFlag),
	strip: optional(isText),
	stripMax: optional(isNumber)
});
var isSigns = listOf(shape({
	family: isText,
	text: optional(isText)
}));
var isResource = shape({
	id: isText,
	title: isText,
	section: isText,
	use: isSigns,
	sat: isSigns,
	err: isSigns,
	state: isText,
	cause: isText,
	since: isText,
	worst: optional(shape({
		family: isText,
		label: isText,
		where: isMatch
	})),
	caption: optional(listOf(shape({
		text: optional(isText),
		family: optional(isText),
		match: isMatch
	}))),
	rank: optional(isText),
	limits: optional(shape({
		used: isText,
		state: isText,
		fullIn: isText
	}))
});
var isTable = shape({
	name: isText,
	title: isText,
	columns: listOf(shape({
		name: isText,
		title: isText,
		kind: (v) => v === "text" || v === "number",
		quantum: optional(isNumber),
		unit: optional(isText)
	})),
	rank: isTexts
});
var isHost = shape({
	id: isText,
	hostname: isText,
	os: isText,
	kernel: isText,
	cpus: isNumber,
	memory: isNumber,
	bootMs: isNumber,
	tz: isText,
	utcOffsetMin: isNumber,
	container: isFlag
});
var isColumn$1 = (value) => Array.isArray(value) && value.length === 2 && isSeq(value[0]) && (isQuanta(value[1]) || listOf(isQuanta)(value[1]));
var isRow = (value) => Array.isArray(value) && value.length === 2 && isText(value[0]) && mapOf(isCell)(value[1]);
var messages = {
	hello: shape({
		protocol: isNumber,
		version: isText,
		build: isText,
		instance: isText,
		host: isHost,
		intervalMs: (value) => typeof value === "number" && value > 0,
		nowMs: isNumber,
		oldest: isSeq,
		oldestT: isNumber,
		newest: isSeq
	}),
	schema: shape({
		rev: isSeq,
		series: optional(listOf(isSeries)),
		panels: optional(listOf(isPanel)),
		resources: optional(listOf(isResource)),
		tables: optional(listOf(isTable)),
		add: optional(listOf(isSeries)),
		drop: optional(listOf(isSeq))
	}),
	history: shape({
		rev: isSeq,
		seq: listOf(isSeq),
		t: listOf(isNumber),
		columns: listOf(isColumn$1),
		missed: optional(listOf(shape({
			seq: isSeq,
			count: isNumber,
			why: isText
		}))),
		gap: optional(shape({
			from: isSeq,
			to: isSeq
		})),
		more: optional(isFlag)
	}),
	frame: shape({
		rev: isSeq,
		seq: isSeq,
		t: isNumber,
		missed: optional(isNumber),
		why: optional(isText),
		d: listOf(isQuanta)
	}),
	table: shape({
		table: isText,
		seq: isSeq,
		t: isNumber,
		base: isSeq,
		cols: isTexts,
		rows: listOf(isRow),
		gone: optional(isTexts),
		partial: optional(isText)
	}),
	health: shape({
		collector: isText,
		title: isText,
		state: (value) => value === "ok" || value === "late" || value === "failing" || value === "stuck" || value === "off",
		sinceMs: isNumber,
		cadenceMs: isNumber,
		reason: optional(isText),
		unavailable: optional(listOf(shape({
			source: isText,
			reason: isText
		})))
	}),
	event: shape({
		seq: isSeq,
		t: isNumber,
		kind: isText,
		text: isText
	}),
	pong: shape({
		id: isNumber,
		t: isNumber,
		nowMs: isNumber
	}),
	bye: shape({
		reason: isText,
		retryMs: isNumber
	})
};
/**
* decode reads one message from the socket. Unknown types, and messages that are not
* what they say, give undefined: they are ignored, never guessed at.
*/
function decode(text) {
	const value = withoutNulls(parse(text));
	if (!isObject(value)) return void 0;
	const type = value.type;
	if (typeof type !== "string" || !Object.hasOwn(messages, type)) return void 0;
	const check = messages[type];
	if (!check(value) || !isAligned(value)) return void 0;
	return value;
}
function parse(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
/** Lists that Go leaves nil arrive as null; a missing list is an empty one. */
var lists = /* @__PURE__ */ new Set([
	"families",
	"use",
	"sat",
	"err",
	"cols",
	"rows",
	"seq",
	"t",
	"columns",
	"d",
	"rank"
]);
function withoutNulls(value) {
	if (!isObject(value)) return value;
	switch (value.type) {
		case "schema": return {
			...value,
			panels: fillEach(value.panels),
			resources: fillEach(value.resources),
			tables: fillEach(value.tables)
		};
		case "history":
		case "table":
		case "frame": return fill(value);
		default: return value;
	}
}
var fillEach = (value) => Array.isArray(value) ? value.map((each) => isObject(each) ? fill(each) : each) : value ?? void 0;
function fill(value) {
	if (!Object.entries(value).some(([name, each]) => each === null && lists.has(name))) return value;
	return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, each === null && lists.has(name) ? [] : each]));
}
/** A history's columns are as long as its rows, a frame's pairs come in pairs. */
function isAligned(value) {
	if (value.type === "frame") {
		const d = value.d;
		return d.length % 2 === 0 && d.every((each, i) => i % 2 === 1 || each !== null && each > 0);
	}
	if (value.type !== "history") return true;
	const rows = value.seq.length;
	const columns = value.columns;
	return value.t.length === rows && columns.every(([, q]) => !Array.isArray(q) || q.length === rows);
}
var bucketFields = [
	"min",
	"max",
	"mean",
	"last",
	"n",
	"maxSeq"
];
var isGap = shape({
	from: isNumber,
	to: isNumber,
	why: isText
});
/** decodeBuckets reads the answer of api/v1/history. */
function decodeBuckets(value) {
	if (!isObject(value) || !isSeq(value.rev) || !isNumber(value.stepMs)) return void 0;
	const t = value.t ?? [];
	const rows = value.rows ?? [];
	const firstSeq = value.firstSeq ?? [];
	const lastSeq = value.lastSeq ?? [];
	const series = value.series ?? {};
	const gaps = value.gaps ?? [];
	if (!listOf(isNumber)(t) || !listOf(isSeq)(rows) || !listOf(isSeq)(firstSeq) || !listOf(isSeq)(lastSeq) || !listOf(isGap)(gaps) || !isObject(series)) return void 0;
	const length = t.length;
	for (const columns of Object.values(series)) {
		if (!isObject(columns)) return void 0;
		for (const field of bucketFields) {
			const column = columns[field];
			if (!listOf(isQuanta)(column) || column.length !== length) return void 0;
		}
	}
	return {
		rev: value.rev,
		stepMs: value.stepMs,
		t,
		rows,
		firstSeq,
		lastSeq,
		series,
		gaps
	};
}
var isObservation = shape({
	seq: isSeq,
	t: isNumber,
	rows: listOf(isRow),
	others: optional(shape({
		count: isSeq,
		sums: mapOf(isQuanta)
	})),
	partial: optional(isText)
});
/** decodeProcesses reads the answer of api/v1/processes for remembered rows. */
function decodeProcesses(value) {
	if (!isObject(value)) return void 0;
	const observations = value.observations ?? [];
	return listOf(isObservation)(observations) ? { observations } : void 0;
}
/** decodeErrorCode reads the code of an error of the API, or gives ''. */
function decodeErrorCode(value) {
	if (!isObject(value) || !isObject(value.error)) return "";
	const code = value.error.code;
	return typeof code === "string" ? code : "";
}
// src/data/history-api.ts
/** ApiError is what the server answered instead. */
var ApiError = class extends Error {
	status;
	code;
	constructor(status, code) {
		super(code === "" ? `status ${status}` : code);
		this.name = "ApiError";
		this.status = status;
		this.code = code;
	}
};
/** fetchBuckets asks for a stretch of time in at most the given number of buckets. */
async function fetchBuckets(query) {
	const fields = new URLSearchParams({
		from: String(Math.floor(query.from)),
		to: String(Math.ceil(query.to)),
		points: String(query.points)
	});
	for (const pattern of query.match) fields.append("match", pattern);
	const answer = decodeBuckets(await get(`api/v1/history?${fields.toString()}`, query.signal));
	if (!answer) throw new ApiError(200, "unreadable");
	return toBuckets(answer, query.info);
}
/** toBuckets gives quanta their unit. */
function toBuckets(answer, info) {
	const series = /* @__PURE__ */ new Map();
	for (const [key, columns] of Object.entries(answer.series)) {
		const id = Number(key);
		const quantum = info(id)?.quantum;
		if (quantum === void 0) continue;
		const scaled = (values, unit) => Float64Array.from(values, (value) => value === null ? NaN : value * unit);
		series.set(id, {
			min: scaled(columns.min, quantum),
			max: scaled(columns.max, quantum),
			mean: scaled(columns.mean, quantum),
			last: scaled(columns.last, quantum),
			n: scaled(columns.n, 1),
			maxSeq: scaled(columns.maxSeq, 1)
		});
	}
	return {
		stepMs: answer.stepMs,
		t: Float64Array.from(answer.t),
		series,
		gaps: answer.gaps,
		lastSeq: Math.max(0, ...answer.lastSeq)
	};
}
/** fetchProcesses asks for the remembered top rows of the rows fromSeq..toSeq, both inclusive. */
async function fetchProcesses(table, fromSeq, toSeq, signal) {
	const answer = decodeProcesses(await get(`api/v1/processes?from=${fromSeq}&to=${toSeq}`, signal));
	if (!answer) throw new ApiError(200, "unreadable");
	const cells = (values) => table.columns.map((column) => cellValue(column, values[column.name] ?? null));
	return answer.observations.map((each) => ({
		seq: each.seq,
		t: each.t,
		rows: each.rows.map(([key, values]) => ({
			key,
			cells: cells(values)
		})),
		others: each.others?.count ?? 0,
		sums: cells(each.others?.sums ?? {}).map((sum) => typeof sum === "number" ? sum : null),
		partial: each.partial ?? ""
	}));
}
async function get(address, signal) {
	const response = await fetch(address, {
		headers: { accept: "application/json" },
		credentials: "same-origin",
		...signal && { signal }
	});
	const body = await response.json().catch(() => void 0);
	if (!response.ok) throw new ApiError(response.status, decodeErrorCode(body));
	return body;
}
// src/processes/past.ts
var live = { type: "live" };
/** A moving cursor asks nothing; one that rests so long asks once. */
var restMs = 150;
/** usePast follows the cursor and fetches what was on top at its second. While it is on its way nothing old is shown. */
function usePast(app) {
	const [past, setPast] = d(live);
	const asked = T(0);
	const abort = T(void 0);
	useSignalEffect(() => {
		const cursor = app.view.cursor.value;
		abort.current?.abort();
		clearTimeout(asked.current);
		if (!cursor) {
			setPast(live);
			return;
		}
		const index = app.index();
		const seq = index >= 0 ? app.store.seqAt(index) : void 0;
		const ms = index >= 0 ? app.store.time(index) : cursor.t;
		if (seq === void 0) {
			setPast({
				type: "none",
				ms,
				why: "the processes of this second are not remembered"
			});
			return;
		}
		setPast({
			type: "loading",
			ms
		});
		const controller = new AbortController();
		abort.current = controller;
		asked.current = window.setTimeout(() => void load(app, seq, ms, controller.signal, setPast), restMs);
	});
	A(() => () => {
		abort.current?.abort();
		clearTimeout(asked.current);
	}, []);
	A(() => app.frameLoop.markDirty("table"), [app, past]);
	return past;
}
async function load(app, seq, ms, signal, done) {
	const table = app.store.table("processes");
	if (!table) return;
	try {
		const [found] = await fetchProcesses(table.info, seq, seq, signal);
		if (signal.aborted) return;
		if (!found) {
			done({
				type: "none",
				ms,
				why: "the processes of this second are not remembered"
			});
			return;
		}
		const read = reader((name) => table.column(name));
		done({
			type: "at",
			ms,
			rows: found.rows.map(({ key, cells }) => read(key, cells)),
			others: found.others
		});
	} catch {
		if (!signal.aborted) done({
			type: "none",
			ms,
			why: "the processes of this second could not be fetched"
		});
	}
}
// src/processes/process-head.tsx
/** ProcessHead is the row of columns, each a button that sorts by it. */
function ProcessHead(props) {
	const { sorting } = props;
	return /* @__PURE__ */ a("thead", { children: /* @__PURE__ */ a("tr", {
		"aria-rowindex": 1,
		children: shownColumns.map(({ name, title, number }) => {
			const side = `column-${name} ${number ? "is-number" : ""}`;
			if (name === "trail") return /* @__PURE__ */ a("th", {
				scope: "col",
				class: side,
				children: /* @__PURE__ */ a("span", {
					class: "column-text",
					children: title
				})
			}, name);
			const active = sorting.column === name;
			const reason = name === "io" && props.withoutIo !== "" ? `${props.withoutIo}: the kernel tells the I/O of a process only to its owner and to root.` : void 0;
			return /* @__PURE__ */ a("th", {
				scope: "col",
				class: side,
				"aria-sort": active ? sorting.descending ? "descending" : "ascending" : "none",
				children: /* @__PURE__ */ a("button", {
					type: "button",
					class: "sort-button",
					"data-reason": reason,
					onClick: () => props.onSort(name),
					children: [
						title,
						name === "io" && props.withoutIo !== "" && /* @__PURE__ */ a("span", {
							class: "column-note",
							children: props.withoutIo
						}),
						active && /* @__PURE__ */ a(SortIcon, { descending: sorting.descending })
					]
				})
			}, name);
		})
	}) });
}
// src/processes/rows.ts
function totalsOf(rows) {
	let withoutIo = 0;
	let cpu = 0;
	let io = 0;
	let largestMemory = 0;
	let largestIo = 0;
	for (const row of rows) {
		if (row.io === null) withoutIo++;
		cpu += row.cpu ?? 0;
		io += row.io ?? 0;
		largestMemory = Math.max(largestMemory, row.memory ?? 0);
		largestIo = Math.max(largestIo, row.io ?? 0);
	}
	return {
		count: rows.length,
		withoutIo,
		cpu,
		io,
		largestMemory,
		largestIo
	};
}
/** filterRows keeps the processes with every word of the text in their name, user, group or id. */
function filterRows(rows, text) {
	const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
	if (words.length === 0) return rows;
	return rows.filter((row) => {
		const own = `${row.name} ${row.user} ${row.cgroup} ${row.pid ?? ""}`.toLowerCase();
		return words.every((word) => own.includes(word));
	});
}
/**
* rank returns what orders the rows in a column. Where most processes do not disclose
* their I/O, those that wait for a disk come first, then those that use a processor.
*/
function rank(rows, column, totals) {
	if (column === "io" && totals.withoutIo * 2 > totals.count) {
		const blocked = 1e9;
		return rows.map((row) => ({
			key: row.key,
			value: (row.state === "D" ? blocked : 0) + (row.cpu ?? 0)
		}));
	}
	return rows.map((row) => ({
		key: row.key,
		value: row[column]
	}));
}
/** The share of a bad resource from which a process counts as a suspect. */
var suspectShare = .2;
/**
* isSuspect says whether a process takes a fifth or more of a resource's total. The
* total of CPU and I/O is what all processes take, that of memory is the host's.
*/
function isSuspect(row, column, totals, hostMemory) {
	const [value, total] = shareOf(row, column, totals, hostMemory);
	return value !== null && value > 0 && total > 0 && value >= total * suspectShare;
}
function shareOf(row, column, totals, hostMemory) {
	switch (column) {
		case "cpu": return [row.cpu, totals.cpu];
		case "io": return [row.io, totals.io];
		case "memory": return [row.memory, hostMemory];
		case "name":
		case "pid":
		case "user":
		case "threads":
		case "state":
		case "cgroup": return [null, 0];
	}
}
/** startsDescending says which way a column is sorted first: numbers from the largest. */
function startsDescending(column) {
	return column === "cpu" || column === "memory" || column === "io" || column === "threads";
}
var states = {
	D: "D waiting for disk",
	Z: "Z zombie",
	T: "T stopped",
	t: "t traced"
};
/** stateText explains the states that mean trouble and leaves the others short. */
function stateText(state) {
	return states[state] ?? state;
}
// src/processes/process-row.tsx
var noMemory = "A kernel thread has no memory of its own.";
var noIo = "The kernel tells the I/O of a process only to its owner and to root.";
/** ProcessRow is one process. */
function ProcessRow(props) {
	const { process, context, index, drawTrail } = props;
	const state = stateText(process.state);
	return /* @__PURE__ */ a("tr", {
		"aria-rowindex": index + 2,
		class: context.level === "warn" ? "is-warn" : void 0,
		children: [
			/* @__PURE__ */ a("td", {
				class: "process-name column-name",
				title: process.name.length > 26 ? process.name : void 0,
				children: truncateMiddle(process.name, 26)
			}),
			/* @__PURE__ */ a("td", {
				class: "is-number is-dim column-pid",
				children: process.pid ?? ""
			}),
			/* @__PURE__ */ a("td", {
				class: "is-dim column-user",
				children: truncateMiddle(process.user, 14)
			}),
			/* @__PURE__ */ a("td", {
				class: "is-number column-cpu",
				children: /* @__PURE__ */ a(Suspect, {
					on: context.suspect === "cpu",
					children: formatValue(process.cpu, "percent").text
				})
			}),
			/* @__PURE__ */ a("td", {
				class: "is-number column-trail",
				children: /* @__PURE__ */ a(Trail, {
					process,
					draw: drawTrail
				})
			}),
			/* @__PURE__ */ a("td", {
				class: "is-number with-bar column-memory",
				children: /* @__PURE__ */ a(Amount, {
					value: process.memory,
					unit: "bytes",
					reason: noMemory,
					share: context.memoryShare,
					suspect: context.suspect === "memory"
				})
			}),
			/* @__PURE__ */ a("td", {
				class: "is-number with-bar column-io",
				children: /* @__PURE__ */ a(Amount, {
					value: process.io,
					unit: "bytes/s",
					reason: noIo,
					share: context.ioShare,
					suspect: context.suspect === "io"
				})
			}),
			/* @__PURE__ */ a("td", {
				class: "is-number is-dim column-threads",
				children: process.threads ?? ""
			}),
			/* @__PURE__ */ a("td", {
				class: `column-state ${process.state === "D" ? "cell-blocked" : "is-dim"}`,
				children: state
			}),
			/* @__PURE__ */ a("td", {
				class: "is-dim column-cgroup",
				children: truncateMiddle(process.cgroup.replace(/^.*\/(?=.)/, ""), 17)
			})
		]
	});
}
function Suspect({ on, children }) {
	if (!on) return /* @__PURE__ */ a($, { children });
	return /* @__PURE__ */ a("span", {
		class: "cell-culprit",
		children: [
			/* @__PURE__ */ a(StateShape, { shape: "critical" }),
			/* @__PURE__ */ a("span", {
				class: "visually-hidden",
				children: "a large share, "
			}),
			children
		]
	});
}
function Amount(props) {
	const bar = T(null);
	F(() => setProperty(bar.current, "--share", props.share.toFixed(3)));
	if (props.value === null) return /* @__PURE__ */ a("span", {
		class: "is-dim",
		"data-reason": props.reason,
		children: "n/a"
	});
	const { text, unit } = formatValue(props.value, props.unit);
	return /* @__PURE__ */ a($, { children: [/* @__PURE__ */ a(Suspect, {
		on: props.suspect,
		children: props.value === 0 ? "0" : `${text} ${unit}`
	}), /* @__PURE__ */ a("span", {
		class: "cell-bar",
		ref: bar
	})] });
}
function Trail({ process, draw }) {
	const canvas = T(null);
	F(() => {
		if (canvas.current) draw?.(canvas.current, process.key);
	});
	return /* @__PURE__ */ a("canvas", {
		class: "process-spark",
		ref: canvas,
		"aria-hidden": "true"
	});
}
function createTrails() {
	const rings = /* @__PURE__ */ new Map();
	let next = 0;
	const ordered = /* @__PURE__ */ new Float64Array(300);
	return {
		add(rows) {
			const present = /* @__PURE__ */ new Set();
			for (const row of rows) {
				present.add(row.key);
				let ring = rings.get(row.key);
				if (!ring) {
					ring = (/* @__PURE__ */ new Float32Array(300)).fill(NaN);
					rings.set(row.key, ring);
				}
				ring[next] = row.cpu ?? NaN;
			}
			for (const key of rings.keys()) if (!present.has(key)) rings.delete(key);
			next = (next + 1) % 300;
		},
		of(key) {
			const ring = rings.get(key);
			if (!ring) return void 0;
			const tail = 300 - next;
			ordered.set(ring.subarray(next), 0);
			ordered.set(ring.subarray(0, next), tail);
			return ordered;
		}
	};
}
// src/processes/trail-strip.ts
var width = 96;
var height = 15;
/** Below this share of a processor a trail stays flat: noise is not a story. */
var leastTop = 5;
/** drawTrail draws what a process used of a processor in the last five minutes. */
function drawTrail(canvas, values, colors) {
	const ctx = fitCanvas(canvas, width, height);
	if (!ctx || !values || !colors) return;
	let largest = leastTop;
	for (const value of values) if (value > largest) largest = value;
	paintStrip(ctx, width, height, {
		values,
		top: niceTop(largest, "decimal"),
		warn: Infinity,
		critical: Infinity
	}, colors);
}
/** useColors are the colours of an element, read again when the theme changes. */
function useColors(element) {
	const { frameLoop } = useApp();
	const source = T(null);
	A(() => {
		if (!element.current) return void 0;
		const made = watchColors(element.current, () => frameLoop.markDirty("theme"));
		source.current = made;
		return () => {
			source.current = null;
			made.dispose();
		};
	}, [frameLoop, element]);
	return source;
}
// src/processes/view-model.ts
var overscan = 4;
/** visibleRange returns the rows to draw, as indices [from, to). */
function visibleRange(viewport, count) {
	const shown = Math.min(count, viewport.limit);
	const from = Math.max(0, Math.floor(viewport.scrollTop / viewport.rowHeight) - overscan);
	const to = Math.ceil((viewport.scrollTop + viewport.height) / viewport.rowHeight) + overscan;
	return [Math.min(from, shown), Math.min(to, shown)];
}
/** tableView orders and filters the processes and cuts out what can be seen. */
function tableView(all, filter, sorting, suggestion, order, viewport, nowMs, frozen) {
	const totals = totalsOf(all);
	const matching = filterRows(all, filter);
	const keys = order.next(rank(matching, sorting.column, totals), nowMs, frozen);
	const [from, to] = visibleRange(viewport, keys.length);
	const byKey = new Map(matching.map((row) => [row.key, row]));
	return {
		rows: keys.slice(from, to).flatMap((key) => byKey.get(key) ?? []),
		first: from,
		matching: keys.length,
		totals,
		sorting,
		suggestion
	};
}
/** suspectColumn is the column in which a process takes a large share of the bad resource. */
function suspectColumn(view, row, hostMemory) {
	const { suggestion, totals } = view;
	if (suggestion.level === "ok" || suggestion.resource === "") return void 0;
	return isSuspect(row, suggestion.column, totals, hostMemory) ? suggestion.column : void 0;
}
// src/processes/process-table.tsx
var choices = [
	{
		value: "auto",
		text: "auto"
	},
	{
		value: "cpu",
		text: "CPU"
	},
	{
		value: "memory",
		text: "memory"
	},
	{
		value: "io",
		text: "I/O"
	}
];
var sortable = new Set(shownColumns.map((column) => column.name));
var isColumn = (name) => sortable.has(name) && name !== "trail";
/** phoneRows is how many processes a phone shows. */
var phoneRows = 5;
/** ProcessTable is every process of the host, calmly ordered; under a cursor in the past, the remembered ones. */
function ProcessTable({ filterInput }) {
	const app = useApp();
	const { view } = app;
	const root = T(null);
	const scroller = T(null);
	const past = usePast(app);
	const [held] = d(() => createHold());
	const [shown, setShown] = d();
	const [trails] = d(createTrails);
	const colors = useColors(root);
	const [order] = d(() => createCalmOrder(() => held.sorting.descending));
	const draw = () => {
		const table = app.store.table("processes");
		const moment = momentOf(app);
		if (table && table.seq !== held.seq) {
			held.seq = table.seq;
			held.live = fromTable(table);
			trails.add(held.live);
		}
		const frozen = held.inside && !moment.pinned;
		if (!frozen) held.suggestion = suggest(app.store, app.store.resources(), moment.stale ? -1 : moment.index);
		const sorting = sortingOf(app, held.suggestion);
		const scope = `${sorting.column} ${sorting.descending} ${view.filter.peek()} ${past.type}`;
		if (scope !== held.scope) order.reset();
		held.scope = scope;
		held.sorting = sorting;
		const box = scroller.current;
		const viewport = {
			scrollTop: box?.scrollTop ?? 0,
			height: box?.clientHeight ?? 0,
			rowHeight: 22,
			limit: isPhone() ? phoneRows : Infinity
		};
		const rows = past.type === "live" ? held.live : past.type === "at" ? past.rows : [];
		setShown(tableView(rows, view.filter.peek(), sorting, held.suggestion, order, viewport, past.type === "live" ? app.now() : Infinity, frozen));
		root.current?.classList.toggle("is-stale", moment.stale);
	};
	useDraw(root, draw);
	useSignalEffect(() => {
		watch(view.filter, view.sort);
		app.frameLoop.markDirty("table");
	});
	A(() => {
		const box = scroller.current;
		if (!box) return void 0;
		const observer = new ResizeObserver(() => app.frameLoop.markDirty("view"));
		observer.observe(box);
		return () => observer.disconnect();
	}, [app]);
	const sort = (column) => {
		const same = view.sort.peek().by !== "auto" && held.sorting.column === column;
		view.sort.value = {
			by: column,
			descending: same ? !held.sorting.descending : startsDescending(column)
		};
	};
	const by = view.sort.value.by;
	const withoutIo = shown && shown.totals.withoutIo > 0 ? `n/a for ${grouped(shown.totals.withoutIo)} of ${grouped(shown.totals.count)}` : "";
	const inside = (on) => () => {
		held.inside = on;
	};
	return /* @__PURE__ */ a("section", {
		class: "process-table",
		ref: root,
		"aria-labelledby": "process-title",
		children: [/* @__PURE__ */ a("div", {
			class: "process-bar",
			children: [
				/* @__PURE__ */ a("h2", {
					class: "process-title",
					id: "process-title",
					children: past.type === "live" ? "Processes" : `Processes at ${formatClock(past.ms, app.zone())}`
				}),
				/* @__PURE__ */ a("p", {
					class: "process-note",
					children: shown ? noteText(app, shown, past, momentOf(app), by) : "…"
				}),
				/* @__PURE__ */ a(Segmented, {
					name: "process-sort",
					label: "processes by",
					choices,
					value: by === "auto" || by === "cpu" || by === "memory" || by === "io" ? by : "other",
					onChange: (value) => {
						view.sort.value = {
							by: value,
							descending: true
						};
					}
				}),
				/* @__PURE__ */ a("input", {
					class: "process-filter",
					ref: filterInput,
					type: "search",
					placeholder: "filter  p",
					"aria-label": "filter processes",
					autocomplete: "off",
					spellcheck: false,
					value: view.filter.value,
					onInput: (event) => {
						view.filter.value = event.currentTarget.value;
					},
					onKeyDown: (event) => {
						if (event.key !== "Escape") return;
						view.filter.value = "";
						event.currentTarget.blur();
					}
				})
			]
		}), /* @__PURE__ */ a("div", {
			class: "process-scroll",
			ref: scroller,
			tabIndex: 0,
			role: "region",
			"aria-label": "processes, scrollable",
			onScroll: () => app.frameLoop.markDirty("view"),
			onPointerEnter: inside(true),
			onPointerLeave: inside(false),
			onFocusIn: inside(true),
			onFocusOut: inside(false),
			children: /* @__PURE__ */ a("table", {
				"aria-rowcount": (shown?.matching ?? 0) + 1,
				children: [/* @__PURE__ */ a(ProcessHead, {
					sorting: shown?.sorting ?? {
						column: "cpu",
						descending: true
					},
					withoutIo,
					onSort: sort
				}), /* @__PURE__ */ a("tbody", { children: shown && /* @__PURE__ */ a($, { children: [
					/* @__PURE__ */ a(Spacer, { rows: shown.first }),
					shown.rows.map((process, i) => /* @__PURE__ */ a(ProcessRow, {
						process,
						index: shown.first + i,
						context: contextOf(app, shown, process),
						drawTrail: past.type === "live" ? (canvas, key) => drawTrail(canvas, trails.of(key), colors.current?.colors) : void 0
					}, process.key)),
					/* @__PURE__ */ a(Spacer, { rows: isPhone() ? 0 : shown.matching - shown.first - shown.rows.length }),
					shown.matching === 0 && /* @__PURE__ */ a(EmptyRow, { text: past.type === "loading" ? "…" : emptyText(shown, past) })
				] }) })]
			})
		})]
	});
}
function createHold() {
	return {
		seq: 0,
		live: [],
		inside: false,
		suggestion: {
			column: "cpu",
			sentence: "",
			level: "ok",
			resource: ""
		},
		sorting: {
			column: "cpu",
			descending: true
		},
		scope: ""
	};
}
function sortingOf(app, suggestion) {
	const { by, descending } = app.view.sort.peek();
	return isColumn(by) ? {
		column: by,
		descending
	} : {
		column: suggestion.column,
		descending: true
	};
}
var isPhone = () => matchMedia("(max-width: 699px)").matches;
function contextOf(app, view, process) {
	const hostMemory = app.store.host?.memory ?? 0;
	const { largestMemory, largestIo } = view.totals;
	return {
		suspect: suspectColumn(view, process, hostMemory),
		level: view.suggestion.level,
		memoryShare: largestMemory > 0 ? (process.memory ?? 0) / largestMemory : 0,
		ioShare: largestIo > 0 ? (process.io ?? 0) / largestIo : 0
	};
}
function noteText(app, view, past, moment, by) {
	const reason = by === "auto" && !moment.stale && view.suggestion.sentence !== "" ? `, ${view.suggestion.sentence}` : "";
	const sorted = `by ${columnTitle(view.sorting.column)}${reason}`;
	const filtered = view.matching === view.totals.count ? "" : `${grouped(view.matching)} of `;
	switch (past.type) {
		case "live": return [
			`${filtered}${grouped(view.totals.count)}`,
			moment.stale ? asOf(app) : "live",
			sorted
		].join(" · ");
		case "loading": return "…";
		case "at": return [
			`${formatDuration(newestMs(app.store) - past.ms)} ago`,
			sorted,
			`${grouped(view.totals.count)} remembered, ${grouped(past.others)} others`
		].join(" · ");
		case "none": return past.why;
	}
}
function asOf(app) {
	return `as of ${formatClock(newestMs(app.store), app.zone())}`;
}
function emptyText(view, past) {
	if (past.type === "none") return past.why;
	return view.totals.count === 0 ? "…" : "no process matches the filter";
}
/** Spacer stands for rows that are not on screen. */
function Spacer({ rows }) {
	const cell = T(null);
	A(() => setProperty(cell.current, "--spacer", `${rows * 22}px`));
	if (rows <= 0) return null;
	return /* @__PURE__ */ a("tr", {
		class: "process-spacer",
		"aria-hidden": "true",
		children: /* @__PURE__ */ a("td", {
			colSpan: shownColumns.length,
			ref: cell
		})
	});
}
function EmptyRow({ text }) {
	return /* @__PURE__ */ a("tr", {
		class: "process-empty",
		children: /* @__PURE__ */ a("td", {
			colSpan: shownColumns.length,
			children: text
		})
	});
}
// src/state/url.ts
/** The windows that can be chosen, in milliseconds. */
var WINDOWS = [
	{
		name: "1m",
		ms: 6e4
	},
	{
		name: "5m",
		ms: 3e5
	},
	{
		name: "15m",
		ms: 9e5
	},
	{
		name: "1h",
		ms: 36e5
	},
	{
		name: "6h",
		ms: 216e5
	},
	{
		name: "24h",
		ms: 864e5
	}
];
/** parseFragment reads "#w=15m&at=…"; what it does not understand it leaves out. */
function parseFragment(fragment) {
	const fields = new URLSearchParams(fragment.replace(/^#/, ""));
	const window = WINDOWS.find(({ name }) => name === fields.get("w"));
	const from = moment(fields.get("from"));
	const to = moment(fields.get("to"));
	const at = moment(fields.get("at"));
	const panel = fields.get("p") ?? "";
	const filter = fields.get("f") ?? "";
	const hidden = (fields.get("h") ?? "").split(",").filter((name) => name !== "");
	return {
		...window && { windowMs: window.ms },
		...from !== void 0 && to !== void 0 && to > from && { range: {
			from,
			to
		} },
		...at !== void 0 && { at },
		...panel !== "" && { panel },
		...filter !== "" && { filter },
		...hidden.length > 0 && { hidden: hidden.map(decodeURIComponentOr) }
	};
}
/** formatFragment writes a link; the default view is ''. */
function formatFragment(link) {
	const fields = [];
	if (link.range) fields.push(`from=${iso(link.range.from)}`, `to=${iso(link.range.to)}`);
	else if (link.windowMs !== void 0 && link.windowMs !== 3e5) {
		const window = WINDOWS.find(({ ms }) => ms === link.windowMs);
		if (window) fields.push(`w=${window.name}`);
	}
	if (link.at !== void 0) fields.push(`at=${iso(link.at)}`);
	if (link.panel !== void 0) fields.push(`p=${encodeURIComponent(link.panel)}`);
	if (link.filter !== void 0 && link.filter !== "") fields.push(`f=${encodeURIComponent(link.filter)}`);
	if (link.hidden && link.hidden.length > 0) fields.push(`h=${link.hidden.map((name) => encodeURIComponent(encodeURIComponent(name))).join(",")}`);
	return fields.length === 0 ? "" : `#${fields.join("&")}`;
}
var iso = (ms) => new Date(ms).toISOString();
function moment(text) {
	if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return void 0;
	const ms = Date.parse(text);
	return Number.isNaN(ms) ? void 0 : ms;
}
/** A series' name may hold a comma, so names are encoded once more inside the list. */
function decodeURIComponentOr(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
// src/ui/connection-now.ts
/** wordsOf says how the connection of the page is doing now. */
function wordsOf(app) {
	const { view, store, connection } = app;
	const now = app.now();
	const newest = newestMs(store);
	const zone = app.zone();
	const clock = (ms) => Number.isFinite(ms) ? `${formatClock(ms, zone)} ${formatOffset(zone, ms)}` : "";
	const cursor = view.cursor.peek();
	const held = view.held.peek();
	const shown = cursor?.t ?? held?.edge;
	return connectionWords(connection.state.peek(), now, clock(newest), {
		mode: view.mode.peek(),
		heldForMs: held?.by === "pointer" ? newest - held.edge : void 0,
		behindMs: shown === void 0 ? void 0 : newest - shown
	}, cursor ? clock(cursor.t) : "");
}
// src/ui/announcer.tsx
var everyMs$1 = 1e3;
/** Announcer speaks changes of state, and nothing that merely counts. */
function Announcer() {
	const app = useApp();
	const root = T(null);
	const known = T(/* @__PURE__ */ new Map());
	const speak = () => {
		const said = ["connection", ...app.store.resources().map((resource) => resource.id)].flatMap((id) => {
			const now = id === "connection" ? wordsOf(app).speak : resourceSentence(app, id);
			const before = known.current.get(id);
			known.current.set(id, now);
			return now === "" || before === void 0 || before === now ? [] : [now];
		});
		if (said.length > 0) setText(root.current, said.join(". "));
	};
	const newest = T(speak);
	newest.current = speak;
	A(() => {
		newest.current();
		const timer = setInterval(() => newest.current(), everyMs$1);
		return () => clearInterval(timer);
	}, []);
	return /* @__PURE__ */ a("div", {
		class: "visually-hidden",
		role: "status",
		"aria-live": "polite",
		ref: root
	});
}
function resourceSentence(app, id) {
	const resource = app.store.resources().find((each) => each.id === id);
	if (!resource || app.stale() || app.store.length === 0) return "";
	return sentence(app, resource);
}
function sentence(app, resource) {
	const state = readState(app.store, resource, app.store.length - 1);
	if (state.level === "unknown") return "";
	if (state.level === "ok") return `${resource.title}: all well`;
	return `${resource.title}: ${stateWord(state, resource.limits !== void 0)}`;
}
// src/ui/bottom-bar.tsx
/** BottomBar is for thumbs: live, hold, one sample back and forward, and the rest. */
function BottomBar({ actions }) {
	const { view } = useApp();
	const held = view.mode.value === "HELD";
	return /* @__PURE__ */ a("nav", {
		class: "bottom-bar",
		"aria-label": "time",
		children: [
			/* @__PURE__ */ a("button", {
				type: "button",
				class: "bottom-button",
				"aria-pressed": view.mode.value === "FOLLOW",
				onClick: actions.live,
				children: [/* @__PURE__ */ a(PlayIcon, {}), "Live"]
			}),
			/* @__PURE__ */ a("button", {
				type: "button",
				class: "bottom-button",
				"aria-pressed": held,
				onClick: actions.hold,
				children: [/* @__PURE__ */ a(HoldIcon, {}), "Hold"]
			}),
			/* @__PURE__ */ a("button", {
				type: "button",
				class: "bottom-button",
				"aria-label": "one sample back",
				onClick: actions.back,
				children: /* @__PURE__ */ a(BackIcon, {})
			}),
			/* @__PURE__ */ a("button", {
				type: "button",
				class: "bottom-button",
				"aria-label": "one sample forward",
				onClick: actions.forward,
				children: /* @__PURE__ */ a(ForwardIcon, {})
			}),
			/* @__PURE__ */ a("button", {
				type: "button",
				class: "bottom-button",
				popovertarget: "more-popover",
				children: [/* @__PURE__ */ a(MoreIcon, {}), "More"]
			}),
			/* @__PURE__ */ a("div", {
				class: "popover more-popover",
				id: "more-popover",
				popover: "auto",
				children: [/* @__PURE__ */ a("h2", { children: "More" }), /* @__PURE__ */ a("div", {
					class: "popover-actions",
					children: [/* @__PURE__ */ a("button", {
						type: "button",
						class: "text-button",
						onClick: actions.theme,
						children: ["Theme: ", view.theme.value]
					}), /* @__PURE__ */ a("button", {
						type: "button",
						class: "text-button",
						onClick: actions.help,
						children: "Keys"
					})]
				})]
			})
		]
	});
}
// src/ui/cycle.ts
var themes$1 = [
	"system",
	"light",
	"dark"
];
/** cycleTheme goes from the system's theme to light to dark. */
function cycleTheme(app) {
	app.view.setTheme(after(themes$1, app.view.theme.peek()));
}
/** cycleZone goes from the host's clock to the browser's to UTC. */
function cycleZone(app) {
	app.view.setZone(after(ZONES, app.view.zone.peek()));
}
function after(all, one) {
	return all[(all.indexOf(one) + 1) % all.length] ?? one;
}
/**
* followTheme lets the document follow the theme that a person chooses. What it was
* loaded with (the address or an earlier choice) has been set before the first paint.
*/
function followTheme(theme, root) {
	let shown = theme.peek();
	theme.subscribe((chosen) => {
		if (chosen === shown) return;
		shown = chosen;
		if (chosen === "system") delete root.dataset.theme;
		else root.dataset.theme = chosen;
	});
}
// src/ui/connection-popover.tsx
var facts = [
	"expected",
	"received",
	"filled",
	"lost",
	"interruptions",
	"last",
	"delay",
	"interval",
	"version"
];
var titles = {
	expected: "rows expected",
	received: "received live",
	filled: "filled in afterwards",
	lost: "lost",
	interruptions: "interruptions",
	last: "last interruption",
	delay: "way to the host and back",
	interval: "one row every",
	version: "dashcam"
};
/** ConnectionPopover is the ledger: every row counts, and nothing is missing without being said. */
function ConnectionPopover() {
	const app = useApp();
	const root = T(null);
	const parts = useParts();
	useDraw(root, () => {
		const { store, connection } = app;
		const state = connection.state.peek();
		const words = wordsOf(app);
		setText(parts.get("sentence"), [
			words.word,
			words.detail,
			state.reason
		].filter((part) => part !== "").join(" · "));
		setAttribute(parts.get("retry"), "hidden", state.open ? "" : void 0);
		setAttribute(parts.get("reload"), "hidden", state.outdated ? void 0 : "");
		const { ledger } = store;
		const last = ledger.last;
		const values = {
			expected: grouped(ledger.expected),
			received: grouped(ledger.received),
			filled: grouped(ledger.filled),
			lost: grouped(ledger.lost),
			interruptions: grouped(ledger.interruptions),
			last: last ? `${formatMoment(last.fromMs, newestMs(store), app.zone())}, ${formatDuration(last.toMs - last.fromMs)}` : "—",
			delay: state.clock ? `${Math.round(state.clock.roundTrip)} ms` : "—",
			interval: `${store.intervalMs / 1e3} s`,
			version: store.hello?.version ?? "—"
		};
		for (const fact of facts) setText(parts.get(fact), values[fact]);
	});
	return /* @__PURE__ */ a("div", {
		class: "popover",
		id: "connection-popover",
		popover: "auto",
		ref: root,
		children: [
			/* @__PURE__ */ a("h2", { children: "Connection" }),
			/* @__PURE__ */ a("p", { ref: parts.ref("sentence") }),
			/* @__PURE__ */ a("dl", {
				class: "facts",
				children: facts.map((fact) => /* @__PURE__ */ a($, { children: [/* @__PURE__ */ a("dt", { children: titles[fact] }), /* @__PURE__ */ a("dd", { ref: parts.ref(fact) })] }))
			}),
			/* @__PURE__ */ a("div", {
				class: "popover-actions",
				children: [/* @__PURE__ */ a("button", {
					type: "button",
					class: "text-button",
					ref: parts.ref("retry"),
					onClick: () => app.connection.retry(),
					children: "Retry now"
				}), /* @__PURE__ */ a("button", {
					type: "button",
					class: "text-button",
					ref: parts.ref("reload"),
					onClick: () => window.location.reload(),
					children: "Reload"
				})]
			})
		]
	});
}
// src/ui/connection-button.tsx
var tones = [
	"live",
	"late",
	"retrying",
	"held",
	"quiet",
	"denied"
];
var beatMs = 260;
var tickMs = 1e3;
/** ConnectionButton always says how alive the page is; pressing it tells the whole story. */
function ConnectionButton() {
	const app = useApp();
	const root = T(null);
	const parts = useParts();
	const beaten = T(0);
	useDraw(root, () => {
		const button = root.current;
		if (!button) return;
		const words = wordsOf(app);
		for (const tone of tones) setClass(button, `is-${tone}`, words.tone === tone);
		drawDot(parts.get("half"), parts.get("fill"), words.dot);
		setText(parts.get("word"), words.word);
		setText(parts.get("time"), words.detail);
		const { interruptions, filled, lost } = app.store.ledger;
		setText(parts.get("counts"), interruptions === 0 ? "" : `${grouped(filled)} filled · ${grouped(lost)} lost`);
		const newest = app.store.newest;
		if (newest !== beaten.current && words.tone === "live") beat(parts.get("dot"));
		beaten.current = newest;
	});
	A(() => {
		const timer = setInterval(() => {
			if (app.connection.name.peek() !== "LIVE") app.frameLoop.markDirty("state");
		}, tickMs);
		return () => clearInterval(timer);
	}, [app]);
	return /* @__PURE__ */ a($, { children: [/* @__PURE__ */ a("button", {
		type: "button",
		class: "connection-state is-quiet",
		ref: root,
		popovertarget: "connection-popover",
		onClick: placePopover,
		children: [
			/* @__PURE__ */ a("svg", {
				class: "state-dot",
				ref: parts.ref("dot"),
				viewBox: "0 0 10 10",
				"aria-hidden": "true",
				children: [
					/* @__PURE__ */ a("circle", {
						cx: "5",
						cy: "5",
						r: "3.8",
						fill: "none",
						stroke: "currentColor",
						"stroke-width": "1.6"
					}),
					/* @__PURE__ */ a("circle", {
						ref: parts.ref("fill"),
						cx: "5",
						cy: "5",
						r: "4.6",
						fill: "currentColor"
					}),
					/* @__PURE__ */ a("path", {
						ref: parts.ref("half"),
						d: "M5 1.2a3.8 3.8 0 0 1 0 7.6z",
						fill: "currentColor"
					})
				]
			}),
			/* @__PURE__ */ a("span", {
				class: "state-word",
				ref: parts.ref("word"),
				children: "CONNECTING"
			}),
			/* @__PURE__ */ a("span", {
				class: "state-time",
				ref: parts.ref("time")
			}),
			/* @__PURE__ */ a("span", {
				class: "state-counts",
				ref: parts.ref("counts")
			})
		]
	}), /* @__PURE__ */ a(ConnectionPopover, {})] });
}
/** placePopover puts the popover under the button's left edge. */
function placePopover(event) {
	setProperty(document.getElementById("connection-popover"), "--popover-left", `${Math.round(event.currentTarget.getBoundingClientRect().left)}px`);
}
function drawDot(half, fill, dot) {
	setAttribute(half, "visibility", dot === "half" ? "visible" : "hidden");
	setAttribute(fill, "visibility", dot === "solid" ? "visible" : "hidden");
}
/** beat lets the dot pulse once: a sample was drawn. */
function beat(dot) {
	if (!dot) return;
	dot.setAttribute("data-beat", "");
	setTimeout(() => dot.removeAttribute("data-beat"), beatMs);
}
// src/ui/header-bar.tsx
var windows = WINDOWS.map(({ name, ms }) => ({
	value: ms,
	text: name
}));
/** HeaderBar is one line: which machine, is it alive, which window, and four tools. */
function HeaderBar({ actions }) {
	const app = useApp();
	const { view } = app;
	watch(app.shape);
	const { host } = app.store;
	const pinned = view.mode.value === "HELD";
	const setWindow = (ms) => view.setWindow(ms);
	return /* @__PURE__ */ a("header", {
		class: "header-bar",
		children: /* @__PURE__ */ a("div", {
			class: "header-row",
			children: [
				/* @__PURE__ */ a(Mark, { class: "header-mark" }),
				/* @__PURE__ */ a("div", {
					class: "header-host",
					children: [/* @__PURE__ */ a("h1", {
						class: "header-name",
						title: host?.hostname,
						children: host ? truncateMiddle(host.hostname, 24) : "…"
					}), host && /* @__PURE__ */ a(HostFacts, { host })]
				}),
				app.store.hello?.demo === true && /* @__PURE__ */ a("span", {
					class: "chip",
					"data-reason": "This host is made up: a seeded simulation with incidents.",
					children: "demo"
				}),
				host?.container === true && /* @__PURE__ */ a("span", {
					class: "chip",
					"data-reason": "CPU, memory and disks are the host's; processes, network and limits are those of this container.",
					children: "container"
				}),
				/* @__PURE__ */ a(ConnectionButton, {}),
				/* @__PURE__ */ a("span", { class: "header-space" }),
				/* @__PURE__ */ a(OwnCost, {}),
				/* @__PURE__ */ a(Segmented, {
					class: "header-windows",
					name: "window",
					label: "window",
					choices: windows,
					value: view.windowMs.value,
					onChange: setWindow
				}),
				/* @__PURE__ */ a("label", {
					class: "header-windows-select",
					children: [/* @__PURE__ */ a("span", {
						class: "visually-hidden",
						children: "window"
					}), /* @__PURE__ */ a("select", {
						class: "window-select",
						value: view.windowMs.value,
						onChange: (event) => setWindow(Number(event.currentTarget.value)),
						children: windows.map(({ value, text }) => /* @__PURE__ */ a("option", {
							value,
							children: text
						}, value))
					})]
				}),
				/* @__PURE__ */ a("div", {
					class: "header-tools",
					children: [
						/* @__PURE__ */ a("button", {
							type: "button",
							class: "icon-button",
							"aria-label": "hold",
							"aria-pressed": pinned,
							"data-reason": "hold this moment (Space)",
							onClick: pinned ? actions.live : actions.hold,
							children: pinned ? /* @__PURE__ */ a(PlayIcon, {}) : /* @__PURE__ */ a(HoldIcon, {})
						}),
						/* @__PURE__ */ a("button", {
							type: "button",
							class: "icon-button",
							"aria-label": "filter processes",
							"data-reason": "filter processes (p)",
							onClick: actions.filter,
							children: /* @__PURE__ */ a(SearchIcon, {})
						}),
						/* @__PURE__ */ a("button", {
							type: "button",
							class: "icon-button",
							"aria-label": `theme: ${view.theme.value}`,
							"data-reason": `theme: ${view.theme.value} (t)`,
							onClick: actions.theme,
							children: /* @__PURE__ */ a(ThemeIcon, {})
						}),
						/* @__PURE__ */ a("button", {
							type: "button",
							class: "icon-button",
							"aria-label": "help",
							"data-reason": "keys (?)",
							onClick: actions.help,
							children: /* @__PURE__ */ a(HelpIcon, {})
						})
					]
				})
			]
		})
	});
}
function HostFacts({ host }) {
	const app = useApp();
	const root = T(null);
	useDraw(root, () => {
		const now = newestMs(app.store);
		const up = Number.isFinite(now) && host.bootMs > 0 ? `up ${coarse(now - host.bootMs)}` : "";
		const kernel = host.kernel.replace(/^(\d+\.\d+).*$/, "$1");
		const facts = [
			shortName(host.os),
			kernel,
			`${host.cpus} CPU`,
			formatText(host.memory, "bytes"),
			up
		];
		setText(root.current, facts.filter((fact) => fact !== "").join(" · "));
	});
	return /* @__PURE__ */ a("span", {
		class: "header-facts",
		ref: root,
		title: `${host.os}, ${host.kernel}, ${host.arch}${host.model ? `, ${host.model}` : ""}`
	});
}
/** coarse leaves the largest unit of a span, which so seldom changes its width. */
function coarse(ms) {
	return formatDuration(ms).replace(/^(\d+ \w+) .*$/, "$1");
}
/** shortName leaves out of a system's name what everybody knows. */
function shortName(os) {
	return os.replace(" GNU/Linux", "").replace(/ \([^)]*\)$/, "");
}
/** OwnCost is what dashcam itself takes of the host it watches. */
function OwnCost() {
	const app = useApp();
	const root = T(null);
	const cpu = T(null);
	const memory = T(null);
	useDraw(root, () => {
		const { store } = app;
		setClass(root.current, "is-stale", app.stale());
		const index = store.length - 1;
		const value = (family, match) => {
			const series = store.find(family, match)[0];
			const now = series ? store.value(series.id, index) : null;
			return series && now !== null ? formatText(now, series.unit ?? "") : "—";
		};
		setAttribute(root.current, "hidden", store.byFamily("self.cpu").length === 0 ? "" : void 0);
		setText(cpu.current, value("self.cpu"));
		setText(memory.current, value("self.memory", { kind: ["resident"] }));
	});
	return /* @__PURE__ */ a("span", {
		class: "header-cost",
		ref: root,
		children: [
			"dashcam itself",
			/* @__PURE__ */ a("b", {
				ref: cpu,
				children: "—"
			}),
			/* @__PURE__ */ a("b", {
				ref: memory,
				children: "—"
			})
		]
	});
}
// src/ui/limits-reading.ts
var levels = [
	"ok",
	"warn",
	"critical"
];
/** The kinds of limits whose name does not say what they are. */
var kinds = {
	filesystem: "",
	temperature: "",
	inodes: "inodes",
	files: "open files",
	conntrack: "connections",
	pids: "tasks",
	swap: "swap",
	cgroup: "own memory"
};
/** readLimits returns every limit at a row, the worst first, then the nearest. */
function readLimits(values, limits, index) {
	if (index < 0) return [];
	const states = byKey(values.find(limits.state));
	const forecasts = byKey(values.find(limits.fullIn));
	const readings = [];
	for (const series of values.find(limits.used)) {
		const used = values.value(series.id, index);
		if (used === null) continue;
		const key = keyOf(series);
		const state = at(values, states.get(key), index);
		const full = Number(series.info?.full);
		readings.push({
			key,
			name: limitName(series.labels?.kind ?? "", series.labels?.name ?? ""),
			used,
			level: levels[state ?? 0] ?? "ok",
			fullInSeconds: at(values, forecasts.get(key), index),
			unit: series.info?.unit,
			full: Number.isFinite(full) && full > 0 ? full : void 0
		});
	}
	return readings.sort((a, b) => levels.indexOf(b.level) - levels.indexOf(a.level) || b.used - a.used || compareText(a.key, b.key));
}
/** limitName says what a limit is in few words: "/var", "inodes /", "open files". */
function limitName(kind, name) {
	const title = kinds[kind] ?? kind;
	return name === "" || name === kind ? title || kind : `${title} ${name}`.trim();
}
function keyOf(series) {
	return `${series.labels?.kind ?? ""}\u0000${series.labels?.name ?? ""}`;
}
function byKey(series) {
	return new Map(series.map((s) => [keyOf(s), s]));
}
function at(values, series, index) {
	return series ? values.value(series.id, index) : null;
}
function compareText(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}
// src/ui/limits-cell.tsx
var shown = 6;
var nameLength = 14;
var rerankEveryMs = 1e4;
var slots = Array.from({ length: shown }, (_, i) => i);
/** LimitsCell lists the limits the host is nearest to; they change places seldom. */
function LimitsCell({ resource, limits, onFollow }) {
	const app = useApp();
	const root = T(null);
	const parts = useParts();
	const [ranking] = d(() => ({
		keys: [],
		sinceMs: -Infinity,
		states: ""
	}));
	useDraw(root, () => {
		const cell = root.current;
		if (!cell) return;
		const moment = momentOf(app);
		setClass(cell, "is-stale", moment.stale);
		drawNote(app, resource, moment, cell, parts, {
			text: "",
			sinceMs: 0
		});
		const readings = calm(readLimits(app.store, limits, moment.index), ranking, moment);
		const more = readings.length - shown;
		for (const slot of slots) {
			const last = slot === 5 && more > 0;
			drawLimit(parts, slot, last ? void 0 : readings[slot], moment.stale, last ? `+${more + 1} more` : "");
		}
	});
	return /* @__PURE__ */ a("section", {
		class: "matrix-cell limits-cell is-limits",
		ref: root,
		"aria-label": resource.title,
		children: [/* @__PURE__ */ a("div", {
			class: "cell-head",
			children: [/* @__PURE__ */ a("h2", {
				class: "cell-title",
				children: /* @__PURE__ */ a("button", {
					type: "button",
					onClick: () => onFollow(resource.section),
					children: resource.title
				})
			}), /* @__PURE__ */ a(CellNote, { parts })]
		}), /* @__PURE__ */ a("ul", {
			class: "limits-list",
			children: slots.map((slot) => /* @__PURE__ */ a("li", {
				class: "limit",
				ref: parts.ref(`${slot}-row`),
				children: [
					/* @__PURE__ */ a("span", {
						class: "limit-name",
						children: [/* @__PURE__ */ a("svg", {
							viewBox: "0 0 9 9",
							fill: "currentColor",
							"aria-hidden": "true",
							hidden: true,
							children: /* @__PURE__ */ a("path", { ref: parts.ref(`${slot}-shape`) })
						}), /* @__PURE__ */ a("span", { ref: parts.ref(`${slot}-name`) })]
					}),
					/* @__PURE__ */ a("span", {
						class: "limit-value",
						ref: parts.ref(`${slot}-value`)
					}),
					/* @__PURE__ */ a("span", {
						class: "limit-bar",
						children: /* @__PURE__ */ a("span", {
							class: "limit-fill",
							ref: parts.ref(`${slot}-fill`)
						})
					})
				]
			}, slot))
		})]
	});
}
/** calm keeps the order for ten seconds, unless a limit's state changed or one came or went. */
function calm(readings, ranking, moment) {
	const states = readings.map((r) => `${r.key}${r.level}`).sort().join();
	if (moment.pinned || states !== ranking.states || Math.abs(moment.ms - ranking.sinceMs) >= rerankEveryMs) {
		ranking.keys = readings.map((r) => r.key);
		ranking.sinceMs = moment.ms;
		ranking.states = states;
		return readings;
	}
	const byKey = new Map(readings.map((r) => [r.key, r]));
	return ranking.keys.flatMap((key) => byKey.get(key) ?? []);
}
function drawLimit(parts, slot, reading, stale, more) {
	const row = parts.get(`${slot}-row`);
	const level = stale ? "ok" : reading?.level ?? "ok";
	const bad = level !== "ok";
	setAttribute(row, "hidden", reading || more !== "" ? void 0 : "");
	setClass(row, "is-warn", level === "warn");
	setClass(row, "is-critical", level === "critical");
	setClass(row, "is-more", more !== "");
	const shape = parts.get(`${slot}-shape`);
	setAttribute(shape?.closest("svg"), "hidden", bad ? void 0 : "");
	if (bad) setAttribute(shape, "d", shapePath(level === "critical" ? "critical" : "warn"));
	setText(parts.get(`${slot}-name`), reading ? truncateMiddle(reading.name, nameLength) : more);
	setAttribute(parts.get(`${slot}-name`), "data-reason", reading && reading.name.length > nameLength ? reading.name : void 0);
	setText(parts.get(`${slot}-value`), reading ? limitText(reading) : "");
	setProperty(parts.get(`${slot}-fill`), "--used", String(Math.min(100, reading?.used ?? 0)));
}
function limitText(reading) {
	if (reading.full !== void 0 && reading.unit !== void 0) {
		const now = formatValue(reading.used / 100 * reading.full, reading.unit, { slot: "short" });
		return `${now.text}/${Math.round(reading.full)} ${now.unit}`;
	}
	const used = `${formatValue(reading.used, "percent", { slot: "short" }).text} %`;
	return reading.fullInSeconds === null ? used : `${used}, ${formatDuration(roundSpan(reading.fullInSeconds * 1e3))}`;
}
/** roundSpan leaves one unit: a forecast is not exact. */
function roundSpan(ms) {
	const unit = ms >= 864e5 ? 864e5 : ms >= 36e5 ? 36e5 : 6e4;
	return Math.max(1, Math.round(ms / unit)) * unit;
}
// src/ui/matrix-cell.tsx
var rows = [
	"use",
	"sat",
	"err"
];
/** What the labels mean, for whoever asks. */
var meanings = {
	use: "how much of it is in use",
	sat: "saturation: how much work has to wait for it",
	err: "errors in the last five minutes"
};
/** MatrixCell is one resource: its state in shape, word and time, then its numbers. */
function MatrixCell({ resource, onFollow }) {
	const app = useApp();
	const root = T(null);
	const parts = useParts();
	const strips = T({});
	const [kept] = d(() => ({
		text: "",
		sinceMs: -Infinity
	}));
	A(() => {
		const made = {};
		for (const row of ["use", "sat"]) {
			const canvas = parts.get(`${row}-strip`);
			if (canvas instanceof HTMLCanvasElement) made[row] = createStrip(canvas, app);
		}
		strips.current = made;
		return () => {
			for (const strip of Object.values(made)) strip.dispose();
			strips.current = {};
		};
	}, [app, parts]);
	useDraw(root, () => {
		const cell = root.current;
		if (!cell) return;
		const moment = momentOf(app);
		setClass(cell, "is-stale", moment.stale);
		drawNote(app, resource, moment, cell, parts, kept);
		for (const row of rows) {
			const reading = readSigns(app.store, resource[row], moment.index);
			drawSign(app, row, reading, moment, parts);
			strips.current[row]?.draw(reading.series);
		}
	});
	return /* @__PURE__ */ a("section", {
		class: "matrix-cell",
		ref: root,
		"aria-label": resource.title,
		children: [/* @__PURE__ */ a("div", {
			class: "cell-head",
			children: [/* @__PURE__ */ a("h2", {
				class: "cell-title",
				children: /* @__PURE__ */ a("button", {
					type: "button",
					onClick: () => onFollow(resource.section),
					children: resource.title
				})
			}), /* @__PURE__ */ a(CellNote, { parts })]
		}), rows.map((row) => /* @__PURE__ */ a("div", {
			class: "cell-row",
			children: [
				/* @__PURE__ */ a("span", {
					class: "cell-label",
					"data-reason": meanings[row],
					children: row
				}),
				/* @__PURE__ */ a("span", {
					class: "cell-value",
					ref: parts.ref(row),
					children: [
						/* @__PURE__ */ a("span", {
							ref: parts.ref(`${row}-text`),
							children: "…"
						}),
						/* @__PURE__ */ a("span", {
							class: "cell-unit",
							ref: parts.ref(`${row}-unit`)
						}),
						/* @__PURE__ */ a("span", {
							class: "cell-unit cell-about",
							ref: parts.ref(`${row}-about`)
						})
					]
				}),
				row !== "err" && /* @__PURE__ */ a("canvas", {
					ref: parts.ref(`${row}-strip`),
					"aria-hidden": "true"
				})
			]
		}, row))]
	});
}
function drawSign(app, row, reading, moment, parts) {
	const slot = parts.get(row);
	const { text, unit, about } = signText(app, reading, moment);
	setText(parts.get(`${row}-text`), text);
	setText(parts.get(`${row}-unit`), unit);
	setText(parts.get(`${row}-about`), about);
	const cannot = text === "n/a";
	const counted = row === "err" && reading.value !== null && reading.value > 0;
	setClass(slot, "is-empty", cannot || reading.value === null || reading.value === 0);
	setClass(slot, "is-warn", !moment.stale && (reading.level === "warn" || counted && reading.level === "ok"));
	setClass(slot, "is-critical", !moment.stale && reading.level === "critical");
	setAttribute(slot, "data-reason", cannot ? "This host has no source for it." : reading.series?.help);
	setAttribute(slot, "tabindex", cannot ? "0" : void 0);
}
function signText(app, reading, moment) {
	if (app.store.length === 0 || moment.loading) return {
		text: "…",
		unit: "",
		about: ""
	};
	if (!reading.series) return {
		text: "n/a",
		unit: "",
		about: ""
	};
	return {
		...formatValue(reading.value, reading.series.unit ?? "", valueOptions(app)),
		about: reading.value === null ? "" : reading.sign?.text ?? ""
	};
}
// src/ui/matrix.tsx
/** Matrix is the row of resources that answers: is something wrong, with which, since when. */
function Matrix({ resources, onFollow }) {
	return /* @__PURE__ */ a("div", {
		class: "matrix",
		role: "group",
		"aria-label": "Resources",
		children: resources.length === 0 ? [
			"CPU",
			"Memory",
			"Disk",
			"Network",
			"Limits"
		].map((title) => /* @__PURE__ */ a(EmptyCell, { title }, title)) : resources.map((resource) => resource.limits ? /* @__PURE__ */ a(LimitsCell, {
			resource,
			limits: resource.limits,
			onFollow
		}, resource.id) : /* @__PURE__ */ a(MatrixCell, {
			resource,
			onFollow
		}, resource.id))
	});
}
/** EmptyCell keeps the place of a cell until the host has said what there is. */
function EmptyCell({ title }) {
	return /* @__PURE__ */ a("section", {
		class: `matrix-cell ${title === "Limits" ? "is-limits" : ""}`,
		"aria-label": title,
		children: [/* @__PURE__ */ a("div", {
			class: "cell-head",
			children: /* @__PURE__ */ a("h2", {
				class: "cell-title",
				children: title
			})
		}), [
			"use",
			"sat",
			"err"
		].map((row) => /* @__PURE__ */ a("div", {
			class: "cell-row",
			children: [/* @__PURE__ */ a("span", {
				class: "cell-label",
				children: title === "Limits" ? "" : row
			}), /* @__PURE__ */ a("span", {
				class: "cell-value is-empty",
				children: title === "Limits" ? "" : "…"
			})]
		}, row))]
	});
}
// src/charts/lane-data.ts
/** The overview spans at least this much. */
var LEAST_SPAN_MS = 36e5;
/** overviewSpan is everything remembered, at least an hour, up to the given edge. */
function overviewSpan(store, edge) {
	const remembered = store.hello?.oldestT ?? 0;
	const held = store.length > 0 ? store.time(0) : edge;
	return {
		from: Math.min(remembered > 0 ? Math.min(remembered, held) : held, edge - LEAST_SPAN_MS),
		to: edge
	};
}
/** laneStates puts buckets and the rows held into columns. */
function laneStates(store, buckets, from, to, columns) {
	const scale = columns / Math.max(1, to - from);
	return store.resources().map((resource) => {
		const states = new Float64Array(columns).fill(NaN);
		const worst = (start, end, state) => {
			if (Number.isNaN(state)) return;
			const last = Math.min(columns - 1, Math.ceil((end - from) * scale) - 1);
			for (let x = Math.max(0, Math.floor((start - from) * scale)); x <= last; x++) {
				const known = states[x] ?? NaN;
				states[x] = Number.isNaN(known) ? state : Math.max(known, state);
			}
		};
		for (const info of store.byFamily(resource.state)) {
			const series = buckets?.series.get(info.id);
			if (buckets && series) buckets.t.forEach((start, i) => worst(start, start + buckets.stepMs, series.max[i] ?? NaN));
			const end = newestIndex(store) + 1;
			const values = new Float64Array(end);
			store.column(info.id)?.read(0, end, values);
			values.forEach((state, i) => worst(store.time(i) - store.intervalMs, store.time(i), state));
		}
		return {
			resource,
			states
		};
	});
}
/** peakColumn is the middle of the worst stretch of a lane, the nearest one to a column; −1 where nothing is known. */
function peakColumn(states, near) {
	let worst = -1;
	for (const state of states) if (state > worst) worst = state;
	if (worst < 0) return -1;
	if (worst === 0) return near;
	let best = -1;
	for (let i = 0; i < states.length;) {
		if (states[i] !== worst) {
			i++;
			continue;
		}
		let end = i;
		while (end < states.length && states[end] === worst) end++;
		const at = near >= i && near < end ? near : Math.floor((i + end - 1) / 2);
		if (best < 0 || Math.abs(at - near) < Math.abs(best - near)) best = at;
		i = end;
	}
	return best;
}
// src/charts/lanes.ts
var GUTTER = 34;
var TOP = 11;
var LANE = 6;
var PITCH = 7;
var POINTS = 600;
/** A drag shorter than this is a click. */
var CLICK_PX = 6;
/** The grab tab above a brush that may be thinner than a finger. */
var TAB = {
	width: 24,
	height: 9
};
/** createLanes draws the overview into an element and lets a person move the view in it. */
function createLanes(el, { app }) {
	const canvas = document.createElement("canvas");
	canvas.setAttribute("aria-hidden", "true");
	el.classList.add("lanes");
	el.append(canvas);
	const colors = watchColors(el, () => app.frameLoop.markDirty("theme"));
	const size = watchSize(el, () => app.frameLoop.markDirty("size"));
	let span = {
		from: 0,
		to: 1
	};
	let lanes = [];
	let drag;
	const plotWidth = () => Math.max(1, size.width() - GUTTER);
	const xOf = (t) => GUTTER + (t - span.from) / (span.to - span.from) * plotWidth();
	const timeAt = (clientX) => {
		const share = (clientX - el.getBoundingClientRect().left - GUTTER) / plotWidth();
		return span.from + Math.min(1, Math.max(0, share)) * (span.to - span.from);
	};
	const draw = () => {
		const { store, view } = app;
		const ctx = fitCanvas(canvas, size.width(), size.height());
		if (!ctx) return;
		span = overviewSpan(store, store.length > 0 ? Math.max(store.time(store.length - 1), app.stale() ? app.hostNow() : 0) : app.hostNow());
		const grain = (span.to - span.from) / POINTS;
		const names = store.resources().map((resource) => resource.state);
		lanes = laneStates(store, store.length > 0 && span.from < store.time(0) && (store.hello?.oldestT ?? 0) > 0 && (store.hello?.oldestT ?? 0) < store.time(0) && names.length > 0 ? app.buckets.want(names, Math.floor(span.from / grain) * grain, Math.ceil(span.to / grain) * grain, POINTS) : void 0, span.from, span.to, Math.floor(plotWidth()));
		paintLanes(ctx, lanes, colors.colors);
		paintTimes(ctx);
		ctx.fillStyle = colors.colors.text;
		for (const event of store.events) {
			if (event.t < span.from || event.t > span.to) continue;
			ctx.beginPath();
			ctx.arc(xOf(event.t), 5, 2.2, 0, 2 * Math.PI);
			ctx.fill();
		}
		paintBrush(ctx);
		const cursor = view.cursor.peek();
		if (!cursor) return;
		ctx.fillStyle = colors.colors.cross;
		ctx.fillRect(Math.round(xOf(cursor.t)), 0, 1, size.height());
	};
	const paintTimes = (ctx) => {
		const { ticks, stepMs } = timeTicks(span.from, span.to, plotWidth() / 110, app.zone());
		ctx.fillStyle = colors.colors.faint;
		ctx.font = `10px ${colors.colors.font}`;
		ctx.textAlign = "center";
		ctx.textBaseline = "alphabetic";
		for (const t of ticks) {
			const x = xOf(t);
			if (x > 54 && x < size.width() - 40) ctx.fillText(formatTimeTick(t, app.zone(), span.to - span.from, stepMs), x, 8);
		}
	};
	const brush = () => {
		const { from, to } = app.range();
		const left = Math.max(GUTTER, xOf(from));
		return {
			left,
			right: Math.max(left + 1, Math.min(size.width(), xOf(to)))
		};
	};
	const paintBrush = (ctx) => {
		const { left, right } = brush();
		const tab = tabOf(left, right);
		ctx.fillStyle = withAlpha(colors.colors.text, .09);
		ctx.fillRect(left, 0, right - left, size.height());
		ctx.strokeStyle = colors.colors.dim;
		ctx.lineWidth = 1;
		ctx.strokeRect(Math.round(left) + .5, .5, Math.max(1, Math.round(right - left) - 1), size.height() - 1);
		ctx.fillStyle = colors.colors.dim;
		ctx.fillRect(tab, 0, TAB.width, TAB.height);
	};
	const tabOf = (left, right) => Math.min(size.width() - TAB.width, Math.max(GUTTER, (left + right) / 2 - TAB.width / 2));
	const isOnBrush = (event) => {
		const rect = el.getBoundingClientRect();
		const [x, y] = [event.clientX - rect.left, event.clientY - rect.top];
		const { left, right } = brush();
		const tab = tabOf(left, right);
		return x >= left - 4 && x <= right + 4 || y <= TAB.height + 4 && x >= tab && x <= tab + TAB.width;
	};
	const down = (event) => {
		if (event.button !== 0) return;
		el.setPointerCapture(event.pointerId);
		drag = isOnBrush(event) ? {
			kind: "brush",
			x: event.clientX,
			...app.range(),
			moved: false
		} : {
			kind: "select",
			x: event.clientX,
			moved: false
		};
	};
	const move = (event) => {
		if (!drag) {
			if (event.pointerType !== "touch") app.view.pointAt(timeAt(event.clientX), app.edge());
			return;
		}
		const dx = event.clientX - drag.x;
		if (!drag.moved && Math.abs(dx) < CLICK_PX) return;
		drag.moved = true;
		if (drag.kind === "select") {
			const [a, b] = [timeAt(drag.x), timeAt(event.clientX)];
			app.view.select({
				from: Math.min(a, b),
				to: Math.max(a, b)
			});
			return;
		}
		const shift = dx / plotWidth() * (span.to - span.from);
		const over = Math.max(0, drag.to + shift - span.to);
		app.view.slideRange(drag.from + shift - over, drag.to + shift - over);
	};
	const up = (event) => {
		const ended = drag;
		drag = void 0;
		if (!ended) return;
		if (!ended.moved) {
			click(event);
			return;
		}
		if (ended.kind === "select") {
			const chosen = app.view.selection.peek();
			if (chosen) app.view.showRange(chosen.from, chosen.to);
		} else if (app.range().to >= span.to - (span.to - span.from) / plotWidth()) app.view.follow();
	};
	/** A click in a lane goes to that lane's peak. */
	const click = (event) => {
		const rect = el.getBoundingClientRect();
		const lane = lanes[Math.floor((event.clientY - rect.top - TOP) / PITCH)];
		const column = Math.round(event.clientX - rect.left - GUTTER);
		const found = lane ? peakColumn(lane.states, column) : -1;
		const t = found < 0 ? timeAt(event.clientX) : span.from + (found + .5) / plotWidth() * (span.to - span.from);
		const width = app.view.windowMs.peek();
		const to = Math.min(span.to, t + width / 2);
		app.view.pinTo(t, to);
	};
	const ended = new AbortController();
	const { signal } = ended;
	el.addEventListener("pointerdown", down, { signal });
	el.addEventListener("pointermove", move, { signal });
	el.addEventListener("pointerup", up, { signal });
	el.addEventListener("pointercancel", () => drag = void 0, { signal });
	el.addEventListener("pointerleave", () => app.view.pointAway(), { signal });
	const endDrawing = app.frameLoop.add(draw, el);
	return { dispose() {
		ended.abort();
		endDrawing();
		colors.dispose();
		size.dispose();
		canvas.remove();
	} };
}
function paintLanes(ctx, lanes, colors) {
	const fills = [
		withAlpha(colors.dim, .28),
		colors.warn,
		colors.critical
	];
	ctx.font = `10px ${colors.font}`;
	ctx.textAlign = "left";
	ctx.textBaseline = "middle";
	lanes.forEach(({ resource, states }, row) => {
		const y = TOP + row * PITCH;
		if (row % 2 === 0) {
			ctx.fillStyle = colors.faint;
			ctx.fillText((resource.title.length > 4 ? resource.title.slice(0, 3) : resource.title).toLowerCase(), 4, y + LANE / 2);
		}
		for (let x = 0; x < states.length;) {
			const state = states[x] ?? NaN;
			let end = x + 1;
			while (end < states.length && states[end] === state) end++;
			if (!Number.isNaN(state)) {
				ctx.fillStyle = fills[Math.min(2, Math.max(0, Math.round(state)))] ?? colors.dim;
				ctx.fillRect(GUTTER + x, y, Math.max(1, end - x), LANE);
			}
			x = end;
		}
	});
}
// src/ui/overview.tsx
/**
* Overview is the state of every resource over everything that is remembered, with the
* window as a brush. By keys its work is done by [ and ], and by the windows.
*/
function Overview() {
	const app = useApp();
	const root = T(null);
	A(() => {
		const lanes = root.current ? createLanes(root.current, { app }) : void 0;
		return () => lanes?.dispose();
	}, [app]);
	return /* @__PURE__ */ a("div", {
		class: "overview",
		ref: root,
		role: "img",
		"aria-label": "state of every resource over everything remembered"
	});
}
// src/ui/reason-tip.tsx
/**
* ReasonTip explains, on hover or focus, every element with data-reason: why a value
* cannot be known, or what a name means. There is one for the whole page.
*/
function ReasonTip() {
	const tip = T(null);
	A(() => {
		const show = (event) => {
			const box = tip.current;
			const element = event.target instanceof Element ? event.target.closest("[data-reason]") : null;
			if (!box) return;
			const reason = element?.getAttribute("data-reason") ?? "";
			if (!element || reason === "") {
				if (box.matches(":popover-open")) box.hidePopover();
				return;
			}
			setText(box, reason);
			const at = element.getBoundingClientRect();
			setProperty(box, "--tip-left", `${Math.round(at.left)}px`);
			setProperty(box, "--tip-top", `${Math.round(at.bottom + 4)}px`);
			if (!box.matches(":popover-open")) box.showPopover();
		};
		const options = { passive: true };
		document.addEventListener("pointerover", show, options);
		document.addEventListener("focusin", show, options);
		document.addEventListener("focusout", show, options);
		return () => {
			document.removeEventListener("pointerover", show);
			document.removeEventListener("focusin", show);
			document.removeEventListener("focusout", show);
		};
	}, []);
	return /* @__PURE__ */ a("div", {
		class: "reason-tip",
		ref: tip,
		popover: "manual",
		role: "tooltip"
	});
}
// src/app.tsx
/** App is the page: one screen that answers, and sections with the rest below. */
function App() {
	const app = useApp();
	const help = T(null);
	const filter = T(null);
	const commands = w(() => commandsOf(app, () => help.current, () => filter.current), [app]);
	const actions = w(() => ({
		hold: commands.hold,
		live: commands.live,
		filter: commands.filter,
		theme: commands.theme,
		help: commands.help,
		back: commands.back,
		forward: commands.forward
	}), [commands]);
	A(() => listenToKeys(window, commands), [commands]);
	return /* @__PURE__ */ a($, { children: [
		/* @__PURE__ */ a(HeaderBar, { actions }),
		/* @__PURE__ */ a("main", {
			class: "page-main",
			children: [/* @__PURE__ */ a(FirstScreen, { filter }), /* @__PURE__ */ a(Sections, {})]
		}),
		/* @__PURE__ */ a(BottomBar, { actions }),
		/* @__PURE__ */ a(HelpDialog, { dialog: help }),
		/* @__PURE__ */ a(ReasonTip, {}),
		/* @__PURE__ */ a(Announcer, {})
	] });
}
function FirstScreen({ filter }) {
	const app = useApp();
	watch(app.shape);
	const first = firstPanels(app.store.panels());
	return /* @__PURE__ */ a("div", {
		class: "first-screen",
		children: [
			/* @__PURE__ */ a(Matrix, {
				resources: app.store.resources(),
				onFollow: followTo
			}),
			/* @__PURE__ */ a(Overview, {}),
			/* @__PURE__ */ a("div", {
				class: "chart-grid",
				role: "group",
				"aria-label": "Charts",
				children: first.length === 0 ? [
					"CPU",
					"Memory",
					"Pressure",
					"Disk throughput",
					"Disk latency",
					"Network"
				].map((title) => /* @__PURE__ */ a(EmptyPanel, { title }, title)) : first.map((panel) => /* @__PURE__ */ a(ChartPanel, {
					panel,
					heading: "h2"
				}, panel.id))
			}),
			/* @__PURE__ */ a(ProcessTable, { filterInput: filter })
		]
	});
}
function Sections() {
	const app = useApp();
	watch(app.shape);
	watch(app.notices);
	const { store } = app;
	const all = sections(store.panels(), store.series());
	const open = !matchMedia("(max-width: 699px)").matches;
	return /* @__PURE__ */ a($, { children: [all.map((section) => /* @__PURE__ */ a(ResourceSection, {
		section,
		open,
		resource: store.resources().find((resource) => resource.section === section.id)
	}, section.id)), /* @__PURE__ */ a(HostGaps, {
		health: store.health.values(),
		open
	})] });
}
/** followTo brings a section into view and the focus to its head. */
function followTo(section) {
	const element = document.getElementById(sectionId(section));
	if (!(element instanceof HTMLDetailsElement)) return;
	element.open = true;
	element.scrollIntoView({ block: "start" });
	element.querySelector("summary")?.focus({ preventScroll: true });
}
/** commandsOf says what every key does. */
function commandsOf(app, help, filter) {
	const { view } = app;
	const window = (n) => () => {
		const choice = WINDOWS[n - 1];
		if (choice) view.setWindow(choice.ms);
	};
	return {
		hold: () => app.toggleHold(),
		live: () => {
			help()?.close();
			view.follow();
		},
		back: () => app.moveCursor(-1),
		forward: () => app.moveCursor(1),
		"back-ten": () => app.moveCursor(-10),
		"forward-ten": () => app.moveCursor(10),
		oldest: () => app.moveCursorTo("first"),
		newest: () => app.moveCursorTo("last"),
		"previous-change": () => app.moveToChange(-1),
		"next-change": () => app.moveToChange(1),
		"zoom-in": () => view.stepWindow(-1),
		"zoom-out": () => view.stepWindow(1),
		"window-1": window(1),
		"window-2": window(2),
		"window-3": window(3),
		"window-4": window(4),
		"window-5": window(5),
		"window-6": window(6),
		filter: () => {
			filter()?.focus();
			filter()?.scrollIntoView({ block: "nearest" });
		},
		theme: () => cycleTheme(app),
		units: () => view.setUnits(view.units.peek() === "bits" ? "bytes" : "bits"),
		zone: () => cycleZone(app),
		retry: () => app.connection.retry(),
		help: () => {
			const dialog = help();
			if (dialog?.open === true) dialog.close();
			else dialog?.showModal();
		},
		escape: () => void view.closeOne()
	};
}
// src/charts/frame-loop.ts
/** createFrameLoop returns a loop that runs only while there is something to draw. */
function createFrameLoop(host = browserFrames()) {
	const parts = /* @__PURE__ */ new Set();
	let frame;
	const isDue = (part) => part.visible && part.reasons.size > 0;
	const run = () => {
		frame = void 0;
		for (const part of parts) {
			if (!isDue(part)) continue;
			const reasons = new Set(part.reasons);
			part.reasons.clear();
			part.draw(reasons);
		}
	};
	const schedule = () => {
		if (frame !== void 0 || host.hidden()) return;
		for (const part of parts) if (isDue(part)) {
			frame = host.requestFrame(run);
			return;
		}
	};
	const byElement = /* @__PURE__ */ new Map();
	const observer = host.observe((el, visible) => {
		for (const part of byElement.get(el) ?? []) part.visible = visible;
		schedule();
	});
	const endVisibility = host.onVisibility(schedule);
	return {
		markDirty(reason) {
			for (const part of parts) part.reasons.add(reason);
			schedule();
		},
		add(draw, el) {
			const part = {
				draw,
				el,
				reasons: /* @__PURE__ */ new Set(["schema"]),
				visible: false
			};
			parts.add(part);
			const group = byElement.get(el) ?? /* @__PURE__ */ new Set();
			const [other] = group;
			if (other) part.visible = other.visible;
			byElement.set(el, group.add(part));
			if (group.size === 1) observer.add(el);
			schedule();
			return () => {
				parts.delete(part);
				group.delete(part);
				if (group.size > 0) return;
				byElement.delete(el);
				observer.remove(el);
			};
		},
		dispose() {
			if (frame !== void 0) host.cancelFrame(frame);
			observer.end();
			endVisibility();
			parts.clear();
			byElement.clear();
		}
	};
}
function browserFrames() {
	return {
		requestFrame: (run) => requestAnimationFrame(run),
		cancelFrame: (id) => cancelAnimationFrame(id),
		hidden: () => document.visibilityState === "hidden",
		onVisibility(run) {
			document.addEventListener("visibilitychange", run);
			return () => document.removeEventListener("visibilitychange", run);
		},
		observe(changed) {
			const observer = new IntersectionObserver((entries) => {
				for (const entry of entries) changed(entry.target, entry.isIntersecting);
			});
			return {
				add: (el) => observer.observe(el),
				remove: (el) => observer.unobserve(el),
				end: () => observer.disconnect()
			};
		}
	};
}
// src/data/bucket-source.ts
/** Patterns that the server takes at most in one request. */
var MAX_PATTERNS = 32;
/** The share of a window that is extended from frames before it is fetched anew. */
var STALE_SHARE = .1;
/** After a refusal or a failure nothing is asked for this long. */
var PAUSE_MS = 3e3;
var MAX_ENTRIES = 64;
/** BucketSource keeps the newest answer for every set of families and resolution. */
var BucketSource = class {
	#deps;
	#entries = /* @__PURE__ */ new Map();
	#wishes = /* @__PURE__ */ new Map();
	#pending = /* @__PURE__ */ new Set();
	#abort = new AbortController();
	#cancelFlush;
	#cancelPause;
	constructor(deps) {
		this.#deps = deps;
	}
	/**
	* Returns buckets of the named families (or patterns) that cover from..to but for its
	* newest part, which frames extend; undefined while they are being fetched.
	*/
	want(names, from, to, points) {
		const span = to - from;
		const key = `${stepFor(span, points)}|${names.join(",")}`;
		const entry = this.#entries.get(key);
		if (!(entry !== void 0 && entry.from <= from && this.#reaches(entry, to, span)) && !this.#pending.has(key) && !this.#cancelPause) {
			this.#wishes.set(key, {
				key,
				names,
				from,
				to,
				points
			});
			this.#cancelFlush ??= this.#deps.later(0, () => this.#flush());
		}
		return entry && entry.to > from && entry.from < to ? entry.buckets : void 0;
	}
	clear() {
		this.#abort.abort();
		this.#abort = new AbortController();
		this.#entries.clear();
		this.#wishes.clear();
		this.#pending.clear();
	}
	dispose() {
		this.clear();
		this.#cancelFlush?.();
		this.#cancelPause?.();
	}
	/** Whether an entry together with the rows held reaches up to a time. */
	#reaches(entry, to, span) {
		if (entry.to >= to) return true;
		const { store } = this.#deps;
		return (store.length > 0 ? store.time(0) : Infinity) <= entry.to && to - entry.to <= Math.max(span * STALE_SHARE, 6e4);
	}
	#flush() {
		this.#cancelFlush = void 0;
		const wishes = Array.from(this.#wishes.values());
		this.#wishes.clear();
		const groups = /* @__PURE__ */ new Map();
		for (const wish of wishes) {
			const name = `${wish.from}|${wish.to}|${wish.points}`;
			const group = groups.get(name);
			if (group) group.push(wish);
			else groups.set(name, [wish]);
		}
		for (const group of groups.values()) for (const part of split(group)) this.#request(part);
	}
	#request(wishes) {
		const [first] = wishes;
		if (!first) return;
		const { from, to, points } = first;
		for (const wish of wishes) this.#pending.add(wish.key);
		const { signal } = this.#abort;
		const match = Array.from(new Set(wishes.flatMap((wish) => wish.names)));
		this.#deps.fetch({
			from,
			to,
			points,
			match,
			info: (id) => this.#deps.store.info(id),
			signal
		}).then((buckets) => {
			if (signal.aborted) return;
			for (const wish of wishes) {
				this.#entries.delete(wish.key);
				this.#entries.set(wish.key, {
					from,
					to,
					buckets
				});
			}
			for (const key of this.#entries.keys()) {
				if (this.#entries.size <= MAX_ENTRIES) break;
				this.#entries.delete(key);
			}
		}, () => {
			if (!signal.aborted) this.#pause();
		}).finally(() => {
			for (const wish of wishes) this.#pending.delete(wish.key);
			if (!signal.aborted) this.#deps.ready();
		});
	}
	#pause() {
		this.#cancelPause ??= this.#deps.later(PAUSE_MS, () => {
			this.#cancelPause = void 0;
			this.#deps.ready();
		});
	}
};
/** The steps that the server takes, in seconds. */
var STEPS = [
	1,
	2,
	5,
	10,
	15,
	30,
	60,
	120,
	300,
	600,
	1800,
	3600
];
/** stepFor is the step of an answer: windows that grow by a row stay the same question. */
function stepFor(span, points) {
	return STEPS.find((step) => step * 1e3 * points >= span) ?? 3600;
}
function split(wishes) {
	const parts = [];
	let part = [];
	let names = /* @__PURE__ */ new Set();
	for (const wish of wishes) {
		const joined = /* @__PURE__ */ new Set([...names, ...wish.names]);
		if (part.length > 0 && joined.size > MAX_PATTERNS) {
			parts.push(part);
			part = [];
			names = new Set(wish.names);
		} else names = joined;
		part.push(wish);
	}
	if (part.length > 0) parts.push(part);
	return parts;
}
// src/state/address.ts
/** Browsers refuse more than about a hundred changes per half minute. */
var REPLACE_MS = 300;
/**
* bindAddress writes the view into the fragment: a new entry per deliberate act, the
* same entry while something moves. The returned function ends it.
*/
function bindAddress(view, bar, later) {
	let acts = view.acts.peek();
	let cancel;
	const write = (fragment, push) => {
		if (fragment === bar.location.hash) return;
		const address = bar.location.pathname + bar.location.search + fragment;
		if (push) bar.history.pushState(null, "", address);
		else bar.history.replaceState(null, "", address);
	};
	const stop = x(() => {
		const seen = view.acts.value;
		const fragment = formatFragment(view.url.value);
		cancel?.();
		cancel = void 0;
		if (seen !== acts) {
			acts = seen;
			write(fragment, true);
		} else cancel = later(REPLACE_MS, () => write(fragment, false));
	});
	const onPopState = () => view.apply(parseFragment(bar.location.hash));
	bar.addEventListener("popstate", onPopState);
	return () => {
		stop();
		cancel?.();
		bar.removeEventListener("popstate", onPopState);
	};
}
// src/state/connection.ts
var TICK_MS = 250;
var PING_MS = 5e3;
/** A socket that has not opened by then never will. */
var OPEN_TIMEOUT_MS = 1e4;
var RESYNC_MS = 5e3;
/** Connection keeps one socket open as long as it lives. */
var Connection = class {
	#deps;
	#state;
	#stale = y(true);
	#tables = /* @__PURE__ */ new Set();
	#pings = /* @__PURE__ */ new Map();
	#socket;
	#openedAt = 0;
	#connectAt = 0;
	#turn = 0;
	#opened = false;
	#hidden = false;
	#asked = 0;
	#pingId = 0;
	#pingAt = -Infinity;
	#resyncAt = -Infinity;
	#cancelTick;
	/** The state; it changes with every row. */
	state;
	/** The name of the state: changes only when it does. */
	name;
	/** Whether every "now" on the page is old. */
	stale;
	constructor(deps) {
		this.#deps = deps;
		this.#state = y(initialState(deps.now()));
		this.state = this.#state;
		this.name = O(() => this.#state.value.name);
		this.stale = this.#stale;
	}
	/** Connects, and from then on keeps connected. */
	start() {
		if (this.#cancelTick) return;
		this.#connect();
		this.#tick();
	}
	/** The host's wall clock in Unix milliseconds, as far as it is known. */
	hostNow() {
		const { clock } = this.#state.peek();
		return clock ? this.#deps.now() + clock.offset : Date.now();
	}
	/** Asks for a table as long as the page is visible. */
	watchTable(name) {
		this.#tables.add(name);
		if (this.#opened && !this.#hidden) this.#send({
			type: "subscribe",
			topics: [name]
		});
		return () => {
			this.#tables.delete(name);
			if (this.#opened && !this.#hidden) this.#send({
				type: "unsubscribe",
				topics: [name]
			});
		};
	}
	/** A hidden page keeps receiving rows and does without tables. */
	setVisible(visible) {
		if (this.#hidden === !visible) return;
		this.#hidden = !visible;
		const topics = Array.from(this.#tables);
		if (this.#opened && topics.length > 0) this.#send({
			type: visible ? "subscribe" : "unsubscribe",
			topics
		});
		if (visible) this.wake();
	}
	/** The page may have slept: looks at once how things stand. */
	wake() {
		this.#event({
			type: "wake",
			now: this.#deps.now()
		});
		this.#check();
	}
	setOnline(online) {
		if (!online) this.#drop();
		this.#event({
			type: online ? "online" : "offline",
			now: this.#deps.now()
		});
		this.#check();
	}
	/** Tries now what would be tried later. */
	retry() {
		this.#event({
			type: "retry",
			now: this.#deps.now()
		});
		this.#check();
	}
	dispose() {
		this.#cancelTick?.();
		this.#cancelTick = void 0;
		this.#drop();
	}
	#tick() {
		this.#cancelTick = this.#deps.later(TICK_MS, () => {
			this.#check();
			this.#tick();
		});
	}
	#check() {
		const now = this.#deps.now();
		const state = this.#state.peek();
		if (this.#socket) {
			if (!this.#opened && now - this.#connectAt > OPEN_TIMEOUT_MS) this.#lost(1006, "no answer");
			else if (this.#opened && isDead(state, now, this.#openedAt)) {
				this.#drop();
				this.#event({
					type: "watchdog",
					now,
					jitter: this.#deps.random()
				});
			} else if (this.#opened && (now - this.#pingAt >= PING_MS || state.name === "LATE" && this.#pings.size === 0)) this.#ping(now);
		} else if (state.retryAt !== void 0 && now >= state.retryAt) this.#connect();
		this.#event({
			type: "tick",
			now
		});
	}
	#connect() {
		this.#drop();
		const now = this.#deps.now();
		this.#event({
			type: "connect",
			now
		});
		this.#connectAt = now;
		const turn = this.#turn;
		const ours = (run) => {
			if (turn === this.#turn) run();
		};
		this.#socket = this.#deps.openSocket(SUBPROTOCOL, {
			open: () => ours(() => this.#open()),
			message: (text) => ours(() => this.#message(text)),
			close: (code, reason) => ours(() => this.#lost(code, reason))
		});
	}
	#open() {
		const { store, rowsWanted } = this.#deps;
		this.#opened = true;
		this.#openedAt = this.#deps.now();
		this.#asked = clampRows(rowsWanted(store.intervalMs));
		const tables = this.#hidden ? [] : Array.from(this.#tables);
		const since = store.newest > 0 ? { since: {
			instance: store.instance,
			seq: store.newest
		} } : {};
		this.#send({
			type: "subscribe",
			topics: [TOPIC_METRICS, ...tables],
			...since,
			window: this.#asked
		});
		this.#ping(this.#openedAt);
	}
	#message(text) {
		const message = decode(text);
		if (!message) return;
		const now = this.#deps.now();
		if (message.type === "hello") this.#greet(message, now);
		if (!this.#state.peek().open) return;
		const change = this.#deps.store.apply(message);
		this.#follow(message, change, now);
		this.#deps.onChange(change, message);
	}
	#greet(hello, now) {
		const { store, build } = this.#deps;
		const known = store.instance === hello.instance && store.newest > 0;
		const asked = known ? hello.newest - store.newest : Math.min(this.#asked, hello.newest === 0 ? 0 : hello.newest - hello.oldest + 1);
		this.#event({
			type: "hello",
			now,
			asked: Math.max(0, asked),
			hello: {
				instance: hello.instance,
				intervalMs: hello.intervalMs,
				nowMs: hello.nowMs,
				sameProtocol: hello.protocol === 1,
				sameBuild: build === "" || hello.build === "" || hello.build === build
			}
		});
		const wanted = clampRows(this.#deps.rowsWanted(hello.intervalMs));
		if (!known && wanted > this.#asked && hello.newest - hello.oldest >= this.#asked) {
			this.#asked = wanted;
			this.#send({
				type: "subscribe",
				topics: [TOPIC_METRICS],
				window: wanted
			});
		}
	}
	#follow(message, change, now) {
		switch (message.type) {
			case "history":
				this.#event({
					type: "history",
					now,
					rows: change.rows,
					more: message.more === true,
					t: message.t.at(-1) ?? 0
				});
				break;
			case "frame":
				if (change.rows > 0) this.#event({
					type: "row",
					now,
					t: message.t
				});
				break;
			case "pong": {
				const sentAt = this.#pings.get(message.id);
				this.#pings.delete(message.id);
				if (sentAt !== void 0) this.#event({
					type: "pong",
					now,
					sentAt,
					hostMs: message.nowMs
				});
				break;
			}
			case "bye": this.#event({
				type: "bye",
				now,
				reason: message.reason,
				retryMs: message.retryMs
			});
		}
		if (change.resumed) this.#event({
			type: "resumed",
			now,
			filled: change.resumed.filled,
			lost: change.resumed.lost
		});
		if (change.resync) this.#resync(now);
		if (change.resyncTable !== void 0) {
			this.#send({
				type: "unsubscribe",
				topics: [change.resyncTable]
			});
			this.#send({
				type: "subscribe",
				topics: [change.resyncTable]
			});
		}
	}
	/** Asks once for what does not fit, not again for every frame that follows. */
	#resync(now) {
		if (now - this.#resyncAt < RESYNC_MS) return;
		this.#resyncAt = now;
		const { store } = this.#deps;
		const since = store.newest > 0 ? { since: {
			instance: store.instance,
			seq: store.newest
		} } : {};
		this.#send({
			type: "subscribe",
			topics: [TOPIC_METRICS],
			...since,
			window: this.#asked
		});
	}
	#ping(now) {
		this.#pingAt = now;
		if (this.#pings.size > 4) this.#pings.clear();
		this.#pings.set(++this.#pingId, now);
		this.#send({
			type: "ping",
			id: this.#pingId,
			t: now
		});
	}
	#lost(code, reason) {
		const refused = !this.#opened;
		this.#drop();
		this.#event({
			type: "close",
			now: this.#deps.now(),
			code,
			reason,
			jitter: this.#deps.random()
		});
		if (refused) this.#deps.probe().then((status) => {
			if (status === 401 && !this.#socket) this.#event({
				type: "denied",
				now: this.#deps.now()
			});
		});
	}
	#drop() {
		const socket = this.#socket;
		this.#socket = void 0;
		this.#turn++;
		this.#opened = false;
		this.#pings.clear();
		this.#resyncAt = -Infinity;
		socket?.abandon();
	}
	#send(message) {
		this.#socket?.send(JSON.stringify(message));
	}
	#event(event) {
		this.#state.value = reduce(this.#state.peek(), event);
		this.#stale.value = isStale(this.#state.peek(), event.now);
	}
};
var clampRows = (rows) => Math.min(MAX_REACH, Math.max(60, Math.ceil(rows)));
// src/state/view.ts
/** After this much rest a pointer no longer holds the view. */
var POINTER_REST_MS = 1e4;
/** After leaving a chart the cursor stays for a moment, so that crossing a gutter does not flicker. */
var POINTER_LEAVE_MS = 300;
var themes = [
	"system",
	"light",
	"dark"
];
/** createView returns the signals of the view and the acts that change them. */
function createView({ settings, later, link = {} }) {
	const windowMs = y(link.windowMs ?? 3e5);
	const range = y(link.range ?? null);
	const cursor = y(link.at === void 0 ? null : {
		t: link.at,
		pinned: true
	});
	const held = y(link.at === void 0 || link.range ? null : {
		edge: link.at + (link.windowMs ?? 3e5) / 2,
		by: "pin"
	});
	const selection = y(null);
	const panel = y(link.panel ?? null);
	const filter = y(link.filter ?? "");
	const hidden = y(new Set(link.hidden));
	const theme = y(oneOf(themes, settings.get("theme"), "system"));
	const units = y(settings.get("units") === "bytes" ? "bytes" : "bits");
	const zone = y(oneOf(ZONES, settings.get("zone"), "host"));
	const singleKeys = y(settings.get("keys") !== "off");
	const sort = y({
		by: "auto",
		descending: true
	});
	/** Rises with every deliberate act: the address gets an entry to go back to. */
	const acts = y(0);
	const mode = O(() => range.value ? "RANGE" : held.value?.by === "pin" ? "HELD" : "FOLLOW");
	/** Whether the right edge moves with the newest row. */
	const following = O(() => range.value === null && held.value === null);
	const url = O(() => ({
		windowMs: windowMs.value,
		...range.value && { range: range.value },
		...cursor.value?.pinned === true && { at: cursor.value.t },
		...panel.value !== null && { panel: panel.value },
		...filter.value !== "" && { filter: filter.value },
		...hidden.value.size > 0 && { hidden: Array.from(hidden.value).sort() }
	}));
	let cancelRest;
	let cancelLeave;
	const cancelTimers = () => {
		cancelRest?.();
		cancelLeave?.();
		cancelRest = cancelLeave = void 0;
	};
	const releasePointer = () => r(() => {
		if (cursor.value?.pinned === false) cursor.value = null;
		if (held.value?.by === "pointer") held.value = null;
	});
	const act = (change) => r(() => {
		change();
		acts.value++;
	});
	return {
		windowMs,
		range,
		cursor,
		held,
		selection,
		panel,
		filter,
		hidden,
		theme,
		units,
		zone,
		singleKeys,
		sort,
		acts,
		mode,
		following,
		url,
		/** The pointer moved over a chart at time t, while the right edge was at edge. */
		pointAt(t, edge) {
			cancelTimers();
			if (cursor.value?.pinned === true) return;
			r(() => {
				cursor.value = {
					t,
					pinned: false
				};
				if (!range.value) held.value ??= {
					edge,
					by: "pointer"
				};
			});
			cancelRest = later(POINTER_REST_MS, releasePointer);
		},
		/** The pointer left the chart. */
		pointAway() {
			cancelTimers();
			if (cursor.value?.pinned === false) cancelLeave = later(POINTER_LEAVE_MS, releasePointer);
		},
		/** Pins the cursor; the view stands still with its right edge where it is. */
		pin(t, edge) {
			cancelTimers();
			act(() => {
				cursor.value = {
					t,
					pinned: true
				};
				if (!range.value) held.value = {
					edge: held.value?.edge ?? edge,
					by: "pin"
				};
			});
		},
		/** Moves the pinned cursor (pinning it) and the view with it where it would leave. */
		pinTo(t, edge) {
			cancelTimers();
			r(() => {
				cursor.value = {
					t,
					pinned: true
				};
				const shown = range.value;
				if (shown) {
					const span = shown.to - shown.from;
					if (t < shown.from) range.value = {
						from: t,
						to: t + span
					};
					else if (t > shown.to) range.value = {
						from: t - span,
						to: t
					};
					return;
				}
				const right = held.value?.edge ?? edge;
				const left = right - windowMs.value;
				held.value = {
					edge: t > right ? t : t < left ? t + windowMs.value : right,
					by: "pin"
				};
			});
		},
		unpin() {
			act(() => {
				cursor.value = null;
				held.value = null;
			});
		},
		/** Closes everything that keeps the view from following. */
		follow() {
			cancelTimers();
			act(() => {
				cursor.value = null;
				held.value = null;
				range.value = null;
				selection.value = null;
				panel.value = null;
			});
		},
		/** Closes exactly one thing, the uppermost; false when there is nothing to close. */
		closeOne() {
			if (selection.value) selection.value = null;
			else if (panel.value !== null) act(() => panel.value = null);
			else if (cursor.value?.pinned === true) act(() => {
				cursor.value = null;
				held.value = null;
			});
			else if (range.value) act(() => range.value = null);
			else return false;
			return true;
		},
		setWindow(ms) {
			act(() => {
				windowMs.value = ms;
				range.value = null;
				selection.value = null;
				if (held.value?.by === "pointer") held.value = null;
			});
		},
		/** One window wider (1) or narrower (−1). */
		stepWindow(step) {
			const at = WINDOWS.findIndex(({ ms }) => ms >= windowMs.value);
			const next = WINDOWS[Math.min(WINDOWS.length - 1, Math.max(0, at + step))];
			if (next && (next.ms !== windowMs.value || range.value)) this.setWindow(next.ms);
		},
		showRange(from, to) {
			act(() => {
				range.value = {
					from,
					to
				};
				held.value = null;
				selection.value = null;
			});
		},
		/** Moves a range without leaving an entry in the history: while dragging or zooming. */
		slideRange(from, to) {
			cancelTimers();
			r(() => {
				range.value = {
					from,
					to
				};
				held.value = null;
				if (cursor.value?.pinned === false) cursor.value = null;
			});
		},
		select(selected) {
			selection.value = selected;
		},
		showPanel(id) {
			act(() => panel.value = id);
		},
		setHidden(names) {
			act(() => hidden.value = names);
		},
		setTheme(next) {
			theme.value = next;
			settings.set("theme", next);
		},
		setUnits(next) {
			units.value = next;
			settings.set("units", next);
		},
		setZone(next) {
			zone.value = next;
			settings.set("zone", next);
		},
		setSingleKeys(on) {
			singleKeys.value = on;
			settings.set("keys", on ? "on" : "off");
		},
		/** Shows what a link says, when a person goes back or forward. */
		apply(next) {
			cancelTimers();
			r(() => {
				windowMs.value = next.windowMs ?? 3e5;
				range.value = next.range ?? null;
				cursor.value = next.at === void 0 ? null : {
					t: next.at,
					pinned: true
				};
				held.value = next.at === void 0 || next.range ? null : {
					edge: next.at + windowMs.value / 2,
					by: "pin"
				};
				panel.value = next.panel ?? null;
				filter.value = next.filter ?? "";
				hidden.value = new Set(next.hidden);
				selection.value = null;
			});
		},
		dispose: cancelTimers
	};
}
function oneOf(known, value, fallback) {
	return known.find((each) => each === value) ?? fallback;
}
// src/state/app-state.ts
function createAppState(deps) {
	const { frameLoop, later, now } = deps;
	const store = createStore();
	const view = createView({
		settings: deps.settings,
		later,
		link: parseFragment(deps.address.location.hash)
	});
	const shape = y(0);
	const notices = y(0);
	const facts = y(void 0);
	const demo = y(false);
	const buckets = new BucketSource({
		store,
		fetch: fetchBuckets,
		later,
		ready: () => frameLoop.markDirty("buckets")
	});
	const onChange = (change, message) => {
		if (change.schema || change.hello) shape.value++;
		if (change.hello) {
			facts.value = store.host;
			demo.value = store.hello?.demo === true;
			if (change.restarted) buckets.clear();
		}
		if (change.health || change.event) notices.value++;
		if (change.schema || change.hello) frameLoop.markDirty("schema");
		if (change.rows > 0) frameLoop.markDirty("rows");
		if (change.table !== void 0) frameLoop.markDirty("table");
		if (message.type === "event") frameLoop.markDirty("state");
	};
	const connection = new Connection({
		...deps.connection,
		store,
		now,
		later,
		rowsWanted: (intervalMs) => view.windowMs.peek() / intervalMs + 1,
		onChange
	});
	const browser = browserZone();
	let host;
	const hostZone = () => {
		const known = facts.value;
		if (!known) return browser;
		if (host?.name !== known.tz) host = {
			name: known.tz,
			zone: timeZone(known.tz, known.utcOffsetMin)
		};
		return host.zone;
	};
	const newestTime = () => store.length > 0 ? store.time(newestIndex(store)) : NaN;
	const edge = () => {
		const newest = newestTime();
		const live = Number.isNaN(newest) ? connection.hostNow() : isStale(connection.state.peek(), now()) ? Math.max(newest, connection.hostNow()) : newest;
		const held = view.held.peek();
		return held ? Math.min(held.edge, live) : live;
	};
	const range = () => {
		const chosen = view.range.peek();
		if (chosen) return chosen;
		const to = edge();
		return {
			from: to - view.windowMs.peek(),
			to
		};
	};
	const index = () => {
		const cursor = view.cursor.peek();
		return cursor ? nearestIndex(store, cursor.t) : newestIndex(store);
	};
	const pinIndex = (wanted) => {
		for (let i = wanted; i >= 0; i--) {
			if (!store.has(i)) continue;
			view.pinTo(store.time(i), edge());
			return;
		}
	};
	const app = {
		store,
		connection,
		view,
		frameLoop,
		buckets,
		host: facts,
		demo,
		shape,
		notices,
		now,
		hostNow: () => connection.hostNow(),
		stale: () => isStale(connection.state.peek(), now()),
		zone: () => view.zone.value === "utc" ? UTC : view.zone.value === "browser" ? browser : hostZone(),
		edge,
		range,
		index,
		time: () => view.cursor.peek()?.t ?? newestTime(),
		moveCursor(rows) {
			const newest = newestIndex(store);
			if (newest < 0) return;
			pinIndex(Math.min(newest, Math.max(0, index() + rows)));
		},
		moveCursorTo(end) {
			const { from, to } = range();
			pinIndex(end === "last" ? nearestIndex(store, to) : Math.max(0, store.indexAtTime(from)));
		},
		moveToChange(direction) {
			const t = app.time();
			const found = stateChanges(store).filter((each) => direction > 0 ? each > t : each < t);
			const next = direction > 0 ? found[0] : found.at(-1);
			if (next !== void 0) view.pinTo(next, edge());
		},
		toggleHold() {
			if (view.mode.peek() !== "FOLLOW") view.follow();
			else if (store.length > 0) view.pin(app.time(), edge());
		},
		start() {
			connection.start();
		},
		dispose() {
			for (const end of ends) end();
			connection.dispose();
			buckets.dispose();
			view.dispose();
			frameLoop.dispose();
		}
	};
	const marks = (reason, ...signals) => x(() => {
		signals.map((each) => each.value);
		frameLoop.markDirty(reason);
	});
	const ends = [
		bindAddress(view, deps.address, later),
		marks("view", view.windowMs, view.range, view.held, view.hidden, view.units, view.zone, view.panel, view.selection),
		marks("cursor", view.cursor),
		marks("state", connection.name, connection.stale),
		marks("theme", view.theme)
	];
	return app;
}
/** nearestIndex is the index of the row nearest to a time, −1 while there are none. */
function nearestIndex(store, t) {
	const before = store.indexAtTime(t);
	let after = before + 1;
	while (after < store.length && !store.has(after)) after++;
	if (after >= store.length) return before;
	if (before < 0) return after;
	return t - store.time(before) <= store.time(after) - t ? before : after;
}
/** stateChanges are the times at which a resource's state changed or something happened, ascending. */
function stateChanges(store) {
	const times = new Set(store.events.map((event) => event.t));
	for (const resource of store.resources()) for (const info of store.byFamily(resource.state)) {
		let last = null;
		for (let i = 0; i < store.length; i++) {
			const value = store.value(info.id, i);
			if (value === null) continue;
			if (last !== null && value !== last) times.add(store.time(i));
			last = value;
		}
	}
	return Array.from(times).sort((a, b) => a - b);
}
// src/state/browser.ts
/** browserDeps are the dependencies of createAppState in a browser, but for the frame loop. */
function browserDeps(page) {
	const build = page.document.querySelector("meta[name=\"dashcam-build\"]")?.getAttribute("content") ?? "";
	return {
		settings: storedSettings(page),
		address: page,
		later: timeouts(page),
		now: () => page.performance.now(),
		connection: {
			build,
			random: Math.random,
			openSocket: (subprotocol, events) => openSocket(socketAddress(page.document.baseURI), subprotocol, events),
			probe: async () => {
				try {
					return (await page.fetch("api/v1/host", {
						credentials: "same-origin",
						cache: "no-store"
					})).status;
				} catch {
					return 0;
				}
			}
		}
	};
}
/** bindBrowser tells the connection what the browser knows. The returned function ends it. */
function bindBrowser(app, page) {
	const ended = new AbortController();
	const { signal } = ended;
	const { connection } = app;
	page.document.addEventListener("visibilitychange", () => connection.setVisible(page.document.visibilityState === "visible"), { signal });
	page.document.addEventListener("resume", () => connection.wake(), { signal });
	page.addEventListener("pageshow", () => connection.wake(), { signal });
	page.addEventListener("online", () => connection.setOnline(true), { signal });
	page.addEventListener("offline", () => connection.setOnline(false), { signal });
	connection.setVisible(page.document.visibilityState === "visible");
	return () => ended.abort();
}
/** socketAddress is the socket beside the page, whatever path it is served under. */
function socketAddress(base) {
	const address = new URL("ws", base);
	address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
	return address.href;
}
function openSocket(address, subprotocol, events) {
	const socket = new WebSocket(address, subprotocol);
	socket.onopen = () => events.open();
	socket.onmessage = ({ data }) => {
		if (typeof data === "string") events.message(data);
	};
	socket.onclose = ({ code, reason }) => events.close(code, reason);
	return {
		send(text) {
			if (socket.readyState === WebSocket.OPEN) socket.send(text);
		},
		abandon() {
			socket.onopen = socket.onmessage = socket.onclose = null;
			socket.close(1e3);
		}
	};
}
function storedSettings(page) {
	const kept = /* @__PURE__ */ new Map();
	return {
		get(name) {
			try {
				return page.localStorage.getItem(`dashcam.${name}`);
			} catch {
				return kept.get(name) ?? null;
			}
		},
		set(name, value) {
			kept.set(name, value);
			try {
				page.localStorage.setItem(`dashcam.${name}`, value);
			} catch {}
		}
	};
}
function timeouts(page) {
	return (ms, run) => {
		const id = page.setTimeout(run, ms);
		return () => page.clearTimeout(id);
	};
}
// src/ui/page-title.ts
var glyphs = {
	critical: "▲",
	warn: "■",
	errors: "✕"
};
/** pageTitle is the title of the tab: "▲ disk saturated · db-01". */
function pageTitle(sign, hostname) {
	const host = hostname;
	switch (sign.type) {
		case "ok": return host === "" ? "dashcam" : `${host} · dashcam`;
		case "stale": return `◌ stale · ${host}`;
		case "bad": return `${glyphs[sign.shape]} ${sign.resource.toLowerCase()} ${sign.word} · ${host}`;
	}
}
/** A favicon has no theme: these colours stand out on light and dark tabs. */
var colors = {
	critical: "#e5383b",
	warn: "#e0a100",
	errors: "#e0a100"
};
/** favicon is an image that says the same, as a data URL. */
function favicon(sign) {
	return `data:image/svg+xml,${encodeURIComponent(svg(sign))}`;
}
function svg(sign) {
	const open = (box) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}">`;
	switch (sign.type) {
		case "ok": return `${open("0 0 18 18")}<g fill="none" stroke="#2fbf91" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><rect x="1" y="1" width="16" height="16" rx="4.2"/><path d="M3.6 10.2h2.6l1.7-4.6 2.4 7.4 1.6-4.4h2.5"/></g></svg>`;
		case "stale": return `${open("0 0 18 18")}<circle cx="9" cy="9" r="7" fill="none" stroke="#8a96a0" stroke-width="2" stroke-dasharray="3 2.5"/></svg>`;
		case "bad": return `${open("-0.5 -0.5 10 10")}<path fill="${colors[sign.shape]}" d="${shapePath(sign.shape)}"/></svg>`;
	}
}
// src/ui/tab-sign.ts
var everyMs = 2e3;
/**
* keepTabSign lets the title and the favicon say the state, at most every two seconds,
* whether the tab is hidden or not, until the returned function is called.
*/
function keepTabSign(app, page) {
	let shown = "";
	const write = () => {
		const sign = signOf(app);
		const title = pageTitle(sign, app.store.host?.hostname ?? "");
		if (title === shown) return;
		shown = title;
		page.title = title;
		iconOf(page).href = favicon(sign);
	};
	write();
	const timer = setInterval(write, everyMs);
	return () => clearInterval(timer);
}
function iconOf(page) {
	const known = page.querySelector("link[rel=\"icon\"]");
	if (known) return known;
	const link = page.createElement("link");
	link.rel = "icon";
	page.head.append(link);
	return link;
}
function signOf(app) {
	if (app.store.length === 0) return { type: "ok" };
	if (app.stale()) return { type: "stale" };
	let worst;
	for (const resource of app.store.resources()) {
		const state = readState(app.store, resource, app.store.length - 1);
		if (state.level !== "warn" && state.level !== "critical") continue;
		if (!worst || worse(state, worst.state)) worst = {
			resource,
			state
		};
	}
	if (!worst) return { type: "ok" };
	return {
		type: "bad",
		shape: stateShape(worst.state),
		resource: worst.resource.title,
		word: stateWord(worst.state, worst.resource.limits !== void 0)
	};
}
// src/main.tsx
var root = document.getElementById("app");
if (root) {
	const app = createAppState({
		...browserDeps(window),
		frameLoop: createFrameLoop()
	});
	bindBrowser(app, window);
	followTheme(app.view.theme, document.documentElement);
	app.connection.watchTable("processes");
	keepTabSign(app, document);
	root.replaceChildren();
	Q(/* @__PURE__ */ a(AppContext.Provider, {
		value: app,
		children: /* @__PURE__ */ a(App, {})
	}), root);
	app.start();
}
