// Score against a cost that the reader chooses, in place of the still charts, with d3 and Plot. It loads nothing.
"use strict";
(() => {
  const MARKERS = {
    o: ["circle", 0], s: ["square", 0], "^": ["triangle", 0], D: ["diamond", 0],
    v: ["triangle", 180], P: ["cross", 0], X: ["cross", 45],
  };
  const PAPER = "var(--card)", INK = "var(--ink)", LINE = "var(--line)", GREY = "var(--g2)";

  const vertical = (data, axis) => {
    const scores = [...axis.points.flatMap((p) => [p.score, ...(p.ends ?? [])]), ...data.rules.map((r) => r.score)];
    const [low, high] = d3.extent(scores), room = 0.06 * (high - low || Math.abs(high) || 1);
    return data.percent
      ? { domain: [-0.03, 1.03], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (y) => `${100 * y} %` }
      : { domain: [Math.min(low, 0), high + room], ticks: 5, nice: true };
  };

  const mark = (p, at) => {
    const [symbol, rotate] = MARKERS[p.marker];
    const colour = p.front ? `var(${p.colour})` : GREY;
    const ends = p.ends && Plot.ruleX([p], { x: at, y1: p.ends[0], y2: p.ends[1], stroke: colour, strokeWidth: 1.5 });
    const dot = Plot.dot([p], {
      x: at, y: "score", symbol, rotate, r: p.front ? 5.5 : 4.5, fill: p.front ? colour : PAPER, stroke: colour,
      strokeWidth: 1.5, className: `point ${p.front ? "front" : "dominated"}`, ariaDescription: p.agent,
    });
    return [ends, dot];
  };

  const chart = (data, axis, width) => {
    const [left, right] = axis.domain;
    const at = (p) => (axis.log && p.cost === 0 ? left : p.cost);
    const roomy = d3.sum(axis.marks, ([, name]) => 7 * name.length + 12) < width - 66;  // else every other mark stays
    const names = new Map(axis.marks.filter((_, i) => roomy || i % 2 === 0).map(([x, name]) => [axis.log && x === 0 ? left : x, name]));
    const front = axis.points.filter((p) => p.front).sort((a, b) => a.cost - b.cost || a.score - b.score);
    const steps = [...front.map((p) => [at(p), p.score]), [right, front.at(-1).score]];
    const points = d3.sort(axis.points, (p) => p.front);
    const svg = Plot.plot({
      width, height: Math.round(Math.min(420, Math.max(280, 0.5 * width))),
      marginLeft: 52, marginRight: 14, marginTop: 26, marginBottom: 44, style: { fontFamily: "inherit", fontSize: "12px", overflow: "visible" },
      x: {
        type: axis.log ? "log" : "linear", domain: [axis.log && names.get(left) === "0" ? left / 1.5 : left, right],
        ticks: [...names.keys()], tickFormat: (x) => names.get(x), tickSize: 0, tickPadding: 8,
        label: axis.label, labelAnchor: "center", labelArrow: "none",
      },
      y: { ...vertical(data, axis), tickSize: 0, label: data.label, labelArrow: "none" },
      marks: [
        Plot.gridY({ stroke: LINE, strokeOpacity: 1, ticks: data.percent ? [0, 0.25, 0.5, 0.75, 1] : 5 }),
        ...data.rules.map((r) => Plot.ruleY([r], {
          y: "score", stroke: `var(${r.colour})`, strokeWidth: 1.2, strokeDasharray: r.dash, className: "anchor",
        })),
        Plot.line(steps, { curve: "step-after", stroke: INK, strokeWidth: 1.2, strokeOpacity: 0.6, className: "steps" }),
        ...points.flatMap((p) => mark(p, at)),
        Plot.tip(points, Plot.pointer({
          x: at, y: "score", title: (p) => `${p.label}\n${p.said}${p.front ? "\non the front" : "\ndominated"}`,
          ariaLabel: null,
        })),
      ],
    });
    for (const part of svg.querySelectorAll("[aria-label], [aria-description]")) {  // an image has no named parts
      const agent = part.getAttribute("aria-description");
      if (agent !== null) part.dataset.agent = agent;
      part.removeAttribute("aria-label");
      part.removeAttribute("aria-description");
    }
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${data.label} against ${axis.label}. ${axis.said} The numbers are in the table below.`);
    svg.classList.add("frontier");
    return svg;
  };

  const show = (box) => {
    const figure = box.querySelector("figure"), drawing = box.querySelector(".drawing");
    const said = box.querySelector(".said"), marks = box.querySelectorAll(".legend li");
    const data = JSON.parse(figure.querySelector("script").textContent);
    const axis = () => data.axes[figure.querySelector("input:checked").value];
    const draw = () => {
      const now = axis(), state = new Map(now.points.map((p) => [p.agent, p.front ? "front" : "dominated"]));
      drawing.replaceChildren(chart(data, now, drawing.clientWidth || 640));
      marks.forEach((li) => (li.dataset.state = state.get(li.dataset.agent) ?? "apart"));
      if (said.textContent !== now.said) said.textContent = now.said;
    };
    draw();
    figure.hidden = false;
    box.querySelector(".still").hidden = true;
    figure.addEventListener("change", draw);
    let width = 0;
    new ResizeObserver(([entry]) => {
      if (Math.abs(entry.contentRect.width - width) < 1) return;
      width = entry.contentRect.width;
      requestAnimationFrame(draw);
    }).observe(drawing);
  };

  document.querySelectorAll(".tradeoff").forEach(show);
})();
