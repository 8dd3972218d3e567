"use strict";
(() => {
  const id = (name) => document.getElementById(name);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // The transcript: show only some behaviours, move from utterance to utterance.
  const turns = id("turns");
  const tools = id("tools");
  const utterances = turns ? all(".u", turns) : [];
  const boxes = tools ? all("input[name=only]", tools) : [];
  const carries = (u, sign) =>
    sign === "?" ? Boolean(u.querySelector("em")) : sign === "~" ? u.classList.contains("s") : Boolean(u.querySelector(`b.${sign},i.${sign}`));
  const filter = () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    const hits = utterances.filter((u) => {
      const hit = chosen.some((sign) => carries(u, sign));
      u.classList.toggle("hit", hit);
      return hit;
    });
    turns.classList.toggle("filtered", chosen.length > 0);
    id("found").textContent = chosen.length
      ? `${hits.length} of ${utterances.length} utterances, shown with the turns around them.`
      : "";
  };
  const visit = (element) => {
    if (!element.offsetParent) {
      boxes.forEach((box) => { box.checked = false; });
      filter();
    }
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "center" });
  };
  const move = (step) => {
    const inView = turns.classList.contains("filtered") ? utterances.filter((u) => u.classList.contains("hit")) : utterances;
    if (!inView.length) return;
    const here = document.activeElement.closest(".u");
    const after = (u) => here ? here.compareDocumentPosition(u) : u.getBoundingClientRect().top > 0 ? 4 : 2;
    const next = step > 0
      ? inView.find((u) => u !== here && after(u) & 4)
      : inView.findLast((u) => u !== here && after(u) & 2);
    if (next) visit(next);
  };
  if (tools) {
    tools.hidden = false;
    tools.addEventListener("submit", (event) => event.preventDefault());
    boxes.forEach((box) => box.addEventListener("change", filter));
    id("all").addEventListener("click", () => { boxes.forEach((box) => { box.checked = false; }); filter(); });
    id("next").addEventListener("click", () => move(1));
    id("previous").addEventListener("click", () => move(-1));
    document.addEventListener("keydown", (event) => {
      if (!id("keys").checked || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "j" || event.key === "k") {
        event.preventDefault();
        move(event.key === "j" ? 1 : -1);
      }
    });
    const follow = () => {
      const target = /^#[ut]\d+$/.test(location.hash) && id(location.hash.slice(1));
      if (target) visit(target);
    };
    addEventListener("hashchange", follow);
    follow();
  }

  // The timeline: one tab stop; arrow keys move; what was said is copied from the transcript.
  const strips = id("strips");
  const shown = id("shown");
  if (!strips || !turns) return;
  const marks = all("rect[data-t]", strips);
  const order = [...new Set(marks.map((mark) => mark.dataset.t))];
  const of = new Map(order.map((to) => [to, []]));
  marks.forEach((mark) => of.get(mark.dataset.t).push(mark));
  const place = new Map(order.map((to, i) => [to, i]));
  const naming = (to) => {
    const source = id(to);
    const turn = source.closest(".t,.c").querySelector("p").textContent;
    const chips = to[0] === "u" ? all("b[class]", source).map((chip) => chip.textContent) : [];
    return [turn, ...chips].join(", ");
  };
  let current = null;
  const show = (to) => {
    if (current === to) return;
    if (current) of.get(current).forEach((mark) => mark.classList.remove("on"));
    current = to;
    of.get(to).forEach((mark) => mark.classList.add("on"));
    const source = id(to);
    const words = source.classList.contains("u") ? source.querySelector("p") : source.querySelectorAll("p")[1];
    const copies = [source.closest(".t,.c").querySelector("p"), words].map((part) => part.cloneNode(true));
    copies[1].className = "words";
    if (source.classList.contains("u")) {
      const chips = source.querySelectorAll("p")[1].cloneNode(true);
      chips.className = "k";
      all("a", chips).forEach((link) => link.remove());
      copies.push(chips);
    }
    const link = document.createElement("a");
    link.href = `#${to}`;
    link.textContent = "Read it in its place";
    const last = document.createElement("p");
    last.append(link);
    shown.replaceChildren(...copies, last);
    shown.classList.add("full");
  };
  const stop = (to) => {
    of.forEach(([first]) => { first.tabIndex = -1; });
    const [first] = of.get(to);
    first.tabIndex = 0;
    return first;
  };
  of.forEach(([first], to) => {
    first.setAttribute("role", "button");
    first.setAttribute("aria-label", naming(to));
  });
  all("text", strips).forEach((text) => text.setAttribute("aria-hidden", "true"));
  strips.classList.add("live");
  strips.setAttribute("role", "group");
  strips.setAttribute("aria-label", "Timeline of the session. Arrow keys move from mark to mark; Enter goes to its place in the transcript.");
  shown.hidden = false;
  if (order.length) stop(order[0]);
  const go = (to) => {
    if (location.hash === `#${to}`) visit(id(to));
    else location.hash = to;
  };
  strips.addEventListener("pointerover", (event) => {
    if (event.target.dataset.t) show(event.target.dataset.t);
  });
  strips.addEventListener("focusin", (event) => {
    if (!event.target.dataset.t) return;
    show(event.target.dataset.t);
    event.target.closest("svg").scrollIntoView({ block: "nearest" });
  });
  strips.addEventListener("click", (event) => {
    const to = event.target.dataset.t;
    if (!to) return;
    stop(to);
    show(to);
    if (event.pointerType === "mouse") go(to);
  });
  strips.addEventListener("keydown", (event) => {
    const to = event.target.dataset.t;
    if (!to) return;
    const at = place.get(to);
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: order.length - 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      go(to);
    } else if (next !== undefined) {
      event.preventDefault();
      if (!order[next]) return;
      const mark = stop(order[next]);
      mark.focus({ preventScroll: true });
      mark.closest("svg").scrollIntoView({ block: "nearest" });
    }
  });
})();
