// What an open page does in development: it reloads when the application is another, swaps style sheets, and shows what is wrong.
(() => {
  const own = document.currentScript;
  const here = Symbol.for("buildgraph.serve");
  own.remove();
  if (window[here]) return; // a script of the page has put another page, or a part of one, in its place
  window[here] = true;
  const isFailure = own.hasAttribute("data-is-failure");
  const generation = own.getAttribute("data-generation");
  const address = own.getAttribute("data-events") || "/__serve__/events";
  let seen = Number(own.getAttribute("data-asked")); // whatever was told later is news for this page
  let instance = null;
  let overlay = null;

  // What comes back as the same page was kept by somebody (a service worker): it would be loaded again for ever.
  const reload = () => {
    const page = own.getAttribute("data-asked");
    try {
      if (page && sessionStorage.getItem("buildgraph.serve") === page) return;
      sessionStorage.setItem("buildgraph.serve", page ?? "");
    } catch {
      // No storage, then.
    }
    location.reload();
  };
  const element = (name, text, style) => {
    const made = document.createElement(name);
    made.textContent = text;
    made.style.cssText = style;
    return made;
  };

  function hide() {
    overlay?.remove();
    overlay = null;
  }

  function show(failure) {
    hide();
    const host = element("div", "", "all:initial;position:fixed;inset:0;z-index:2147483647");
    host.id = "serve-overlay";
    const shadow = host.attachShadow({ mode: "open" });
    const box = element("div", "", "position:absolute;inset:0;overflow:auto;padding:2rem;box-sizing:border-box;background:#1b1b1f;color:#eee;font:14px/1.6 ui-monospace,monospace");
    box.setAttribute("role", "alert");
    box.append(element("div", failure.title, "color:#ff8a80;font-size:1.3rem;font-weight:600"));
    box.append(element("div", failure.message, "white-space:pre-wrap;margin:.5rem 0 1rem"));
    box.append(element("div", "Escape closes this; it goes away by itself once the code is good again.", "opacity:.75"));
    for (const frame of [...failure.frames].reverse().filter((each, number) => number === 0 || each.is_own)) {
      const place = element(frame.link ? "a" : "div", `${frame.place} ${frame.function}`, "color:#8ab4f8;display:block;margin-top:1rem");
      if (frame.link) place.href = frame.link;
      box.append(place);
      const source = element("div", "", "display:inline-block;min-width:100%");
      const around = element("div", "", "overflow-x:auto");
      around.append(source);
      box.append(around);
      for (const [number, text] of frame.lines) {
        source.append(element("div", `${String(number).padStart(5)}  ${text}`, "white-space:pre;" + (number === frame.line ? "background:#c5221f66" : "opacity:.75")));
        if (number === failure.line && failure.column && frame.file === failure.file) {
          source.append(element("div", `${" ".repeat(7)}${text.slice(0, failure.column - 1).replace(/[^\t]/g, " ")}^`, "white-space:pre;color:#ff8a80"));
        }
      }
    }
    shadow.append(box);
    document.documentElement.append(host);
    overlay = host;
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });

  const sheets = (page) => [...page.querySelectorAll('link[rel~="stylesheet"]')].filter((link) => new URL(link.getAttribute("href"), location.href).origin === location.origin);

  // A sheet may have another name now (one that says its content): the page itself is asked how it names them, if its policy admits that.
  async function swap() {
    const shown = sheets(document);
    let wanted = shown;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      wanted = sheets(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The same names, then.
    }
    if (wanted.length !== shown.length) return reload();
    shown.forEach((old, place) => {
      const url = new URL(wanted[place].getAttribute("href"), location.href);
      if (url.pathname === new URL(old.href).pathname) url.searchParams.set("serve", Date.now());
      const next = old.cloneNode();
      next.href = url.href;
      next.addEventListener("load", () => old.remove());
      next.addEventListener("error", reload);
      old.after(next);
    });
  }

  const acts = {
    now(news) {
      if (instance !== null && instance !== news.instance) return reload();
      instance = news.instance;
      if (isFailure ? news.is_serving : news.is_serving && generation !== null && String(news.generation) !== generation) return reload();
      if (!isFailure && news.told.page > seen) return reload();
      if (!isFailure && news.told.style > seen) acts.style({ at: news.told.style });
      if (news.failure && !isFailure) show(news.failure);
      else hide();
    },
    good: reload,
    page: reload,
    style(news) {
      seen = news.at;
      swap();
    },
    mended: hide,
    broken(news) {
      if (isFailure) reload();
      else show(news.failure);
    },
  };
  const source = new EventSource(address);
  source.onmessage = (message) => {
    const news = JSON.parse(message.data);
    acts[news.kind]?.(news);
  };
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && reload());
})();
