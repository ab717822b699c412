/* Progressive enhancement only: everything below also works as a link or a form without it. */
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const app = $(".app"), list = () => $("#list");
  const say = words => { const live = $("#live"); if (live) live.textContent = words; };
  const count = (n, one, many) => n + " " + (n === 1 ? one : many);

  /* Receipts stay until dismissed; then the heading has the focus. */
  $$("[data-dismiss]").forEach(a => a.addEventListener("click", e => { e.preventDefault(); a.closest(".receipt").remove(); $("h1")?.focus(); }));

  /* A typed confirmation: the button waits until the words match. The server checks them again. */
  const guard = root => $$("input[data-typed]", root).forEach(input => {
    const button = $("[data-waits]", input.form);
    const look = () => { button.disabled = input.value.trim().toLowerCase() !== input.dataset.typed.trim().toLowerCase(); };
    input.addEventListener("input", look);
    addEventListener("pageshow", look);
    look();
  });
  guard(document);

  /* A grave act opens over its case; its address is a page of its own as well. */
  const over = $("#act-dialog");
  addEventListener("click", async e => {
    const link = e.target.closest?.("a[data-opens]");
    if (!link || !over || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) { location = link.href; return; }
    over.innerHTML = await answer.text();
    guard(over);
    over.showModal();
    ($("[autofocus]", over) || $("input:not([type=hidden]),select,textarea", over))?.focus();
  });
  over?.addEventListener("click", e => { if (e.target.closest("[data-close]")) { e.preventDefault(); over.close(); } });

  /* One act, one submit. What only brings a file may be asked for again. */
  addEventListener("submit", e => {
    if (e.target.method !== "post" || e.defaultPrevented || e.submitter?.hasAttribute("data-again")) return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    e.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach(form => delete form.dataset.sent));

  /* What was typed before the session ended goes back into its form. */
  $("form[data-onward]")?.requestSubmit();

  /* Colours change at once; the choice is saved behind it, so that nothing typed is lost. */
  $("#theme")?.addEventListener("submit", e => {
    e.preventDefault();
    const form = e.target, button = $("button", form), theme = button.value;
    const body = new FormData(form);
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, redirect: "manual" });
    theme === "system" ? delete document.documentElement.dataset.theme : document.documentElement.dataset.theme = theme;
    button.value = { system: "light", light: "dark", dark: "system" }[theme];
    button.title = "Colours: " + theme;
    $(".vh", button).textContent = "Colours follow " + (theme === "system" ? "your system" : "the " + theme + " theme") + ". Switch to " + button.value;
    $("use", button).setAttribute("href", { system: "#i-half", light: "#i-sun", dark: "#i-moon" }[theme]);
    delete form.dataset.sent;
  });

  /* Dialogs: a page of its own, shown over this one. Closed, the focus goes back to where it was. */
  const dialog = $("#dialog");
  const show = async (url, part) => {
    const opener = document.activeElement, answer = await fetch(url);
    const found = $(part, new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!found) { location.href = url; return; }
    found.removeAttribute("id");
    dialog.replaceChildren(found);
    const close = document.createElement("form");
    close.method = "dialog"; close.className = "go";
    close.innerHTML = '<button class="btn">Go back</button>';
    found.firstElementChild.append(close);
    dialog.setAttribute("aria-label", $("h1", found)?.textContent || "Details");
    dialog.onclose = () => opener?.focus();
    dialog.showModal();
  };
  addEventListener("click", e => {
    const link = e.target.closest("a[data-dialog]");
    if (link && !e.ctrlKey && !e.metaKey) { e.preventDefault(); show(link.href, link.dataset.dialog); }
    if (e.target === dialog) dialog.close();
    $$("details.pick[open]").forEach(d => { if (!d.contains(e.target)) d.open = false; });
  });

  /* Rows: a click anywhere opens the case; the keys move the real focus. */
  const rows = () => $$("tr.row"), link = row => $(".c-who a", row), box = row => $(".cb", row);
  const current = () => rows().findIndex(row => row.contains(document.activeElement));
  const go = n => { const all = rows(); if (all.length) { const row = all[Math.max(0, Math.min(all.length - 1, n))]; link(row).focus(); row.scrollIntoView({ block: "nearest" }); } };
  let last = -1;
  const select = (n, range) => {
    const all = rows();
    if (n < 0) return;
    const on = !box(all[n]).checked, from = range && last >= 0 ? Math.min(last, n) : n, to = range && last >= 0 ? Math.max(last, n) : n;
    for (let i = from; i <= to; i++) box(all[i]).checked = range || on;
    last = n;
    chosen();
  };
  const chosen = () => {
    const bar = $(".bulk"), n = $$("tr.row .cb:checked").length;
    rows().forEach(row => row.toggleAttribute("data-sel", box(row).checked));
    if (!bar) return;
    bar.classList.toggle("on", n > 0);
    $(".n", bar).textContent = count(n, "case selected", "cases selected");
    const all = $("#all");
    all.checked = n > 0 && n === rows().length;
    all.indeterminate = n > 0 && n < rows().length;
  };
  addEventListener("click", e => {
    const row = e.target.closest("tr.row");
    if (row && !e.target.closest("a,button,input,label,summary") && !String(getSelection())) link(row).click();
  });
  addEventListener("change", e => {
    if (e.target.id === "all") rows().forEach(row => { box(row).checked = e.target.checked; });
    if (e.target.matches(".cb")) { last = rows().findIndex(row => row.contains(e.target)); chosen(); }
  });
  addEventListener("pageshow", chosen);

  /* Business time left or late, from the moment the page was made and the hours the office is open. */
  const words = (seconds, day) => {
    if (day && seconds >= 2 * day) return count(Math.floor(seconds / day), "business day", "business days");
    const minutes = Math.floor(seconds / 60), h = Math.floor(minutes / 60), m = minutes % 60;
    return h ? h + " h " + String(m).padStart(2, "0") + " min" : m + " min";
  };
  let told = false;
  const tick = () => {
    if (!list()) return;
    const made = Date.parse(list().dataset.at), spans = JSON.parse($(".clock")?.dataset.open || "[]");
    const now = made + performance.now() - begun;
    const open = spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(now, to * 1000) - Math.max(made, from * 1000)), 0) / 1000;
    $$("[data-left]").forEach(each => {
      const left = each.dataset.left - open, was = each.dataset.left >= 0;
      if (Math.abs(open) < 1) return;
      each.textContent = left >= 0 ? words(left, +list().dataset.day) + " left" : words(-left, +list().dataset.day) + " late";
      if (was && left < 0) {
        each.closest(".l1").className = "l1 red-t";
        if (!told) { told = true; say(link(each.closest("tr")).textContent + " is late now."); }
      }
    });
  };
  let begun = performance.now();
  setInterval(tick, 20_000);

  /* The list is read again each minute. Rows show what is new in place; none comes, goes or moves by itself. */
  const merge = text => {
    const page = new DOMParser().parseFromString(text, "text/html"), fresh = $("#list", page), news = $("#news");
    if (!fresh) return fail();
    const found = new Map($$("tr.row", fresh).map(row => [row.id, row]));
    const known = rows(), added = [...found.keys()].filter(id => !known.some(row => row.id === id)).length;
    let gone = 0;
    known.forEach(row => {
      const now = found.get(row.id);
      row.toggleAttribute("data-gone", !now);
      if (!now) { gone++; return; }
      [...row.children].forEach((cell, n) => {
        if (n > 0 && !cell.contains(document.activeElement) && cell.innerHTML !== now.children[n].innerHTML) cell.innerHTML = now.children[n].innerHTML;
      });
    });
    for (const part of [".rail", ".bar", ".clock"]) $$(part + " .ct, " + part + " .lg, " + part + " .foot > span:first-child").forEach((each, n) => { const now = $$(part + " .ct, " + part + " .lg, " + part + " .foot > span:first-child", page)[n]; if (now) each.innerHTML = now.innerHTML; });
    list().dataset.at = fresh.dataset.at;
    list().removeAttribute("data-old");
    begun = performance.now();
    if ($("#updated")) $("#updated").textContent = $("#updated", page)?.textContent || "";
    const parts = [added && count(added, "new case", "new cases"), gone && count(gone, "case has", "cases have") + " left this list"].filter(Boolean);
    tell(news, parts.length ? parts.join(", ") + ". " : "", "Show");
  };
  const tell = (news, said, button) => {
    if (!news || news.dataset.said === said) return;
    news.dataset.said = said;
    news.hidden = !said;
    news.textContent = said;
    if (!said) return;
    const again = document.createElement("a");
    again.href = location.href; again.className = "btn sm"; again.textContent = button;
    news.append(again);
  };
  const fail = () => {
    list().dataset.old = "yes";
    tell($("#news"), "The list could not be read again. It is shown as of " + new Date(list().dataset.at).toTimeString().slice(0, 5) + "; nothing was changed. ", "Try again");
  };
  addEventListener("htmx:beforeRequest", e => { if (e.target.id === "list") e.target.setAttribute("aria-busy", "true"); });
  addEventListener("htmx:afterRequest", e => {
    if (e.target.id !== "list") return;
    e.target.removeAttribute("aria-busy");
    e.detail.successful ? merge(e.detail.xhr.responseText) : fail();
  });

  /* Full times instead of the short ones, and back. */
  const times = () => $$("time[title]").forEach(each => { const short = each.dataset.short; if (short) { each.textContent = short; delete each.dataset.short; } else { each.dataset.short = each.textContent; each.textContent = each.title.split(". ")[0]; } });

  /* Keys. None does anything by itself that ends a service: it opens the page that asks. */
  const of = app?.dataset.keys && JSON.parse(app.dataset.keys);
  const places = { q: "/queue", a: "/cases", u: "/upcoming", p: "/ports", d: "/reports/sla", v: "/views", r: "/runs" };
  const click = found => { found?.click(); return Boolean(found); };
  const press = key => click($$("[data-key]").find(each => each.dataset.key === key));
  const act = key => {
    const names = of[key] || [], row = rows()[current()];
    if (row) {
      if (key === "a") { rows().forEach(each => { box(each).checked = each === row; }); chosen(); return click($('.bulk [value="take"]')); }
      location.href = new URL(link(row).href).pathname + "/" + names[0] + "?back=" + encodeURIComponent(location.pathname + location.search);
      return true;
    }
    if (key === "m" && $("#quick-note")) { $("#quick-note").focus(); return true; }
    return names.some(name => click($$("main a[href], main form[action]").filter(each => new RegExp("^/cases/C-\\d+/" + name + "(/\\d+)?$").test(new URL(each.href || each.action).pathname)).map(each => each.matches("form") ? $("button", each) : each)[0]));
  };
  const copy = () => { if (/^\/cases\/C-\d+$/.test(location.pathname)) navigator.clipboard?.writeText(location.origin + location.pathname).then(() => say("The link is copied.")); };
  const escape = () => {
    const open = $$("details.pick[open]");
    open.forEach(d => { d.open = false; $("summary", d).focus(); });
    if (!open.length) { rows().forEach(row => { box(row).checked = false; }); chosen(); }
  };
  let pending = 0;
  const single = e => {
    const key = e.key;
    if (pending && performance.now() - pending < 1200) { pending = 0; if (places[key]) location.href = places[key]; return Boolean(places[key]); }
    pending = key === "g" ? performance.now() : 0;
    if (pending) return true;
    const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
    if (moves[key] && rows().length && (key.length === 1 || current() >= 0)) { go(current() + moves[key]); return true; }
    switch (key) {
      case "/": $("#search")?.focus(); return true;
      case "?": return click($("a[data-dialog='#keys']"));
      case "x": case "X": select(current(), e.shiftKey); return true;
      case "z": return click($("[data-undo] button"));
      case ".": copy(); return true;
      case "t": times(); return true;
    }
    return press(key) || (of[key] ? act(key) : false);
  };
  addEventListener("keydown", e => {
    const typing = e.target.closest("input:not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable]");
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.matches("textarea,input") && e.target.form?.method === "post") { e.preventDefault(); e.target.form.requestSubmit(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]")) return;
    if (e.key === "Escape") { typing ? typing.blur() : escape(); return; }
    if (of && !typing && single(e)) e.preventDefault();
  });

  /* Two minutes before the session ends: a word, and a button. Other pages of the same person count too. */
  const ending = $("#ending"), seconds = +app?.dataset.session, KEY = "lastcall-seen";
  const seen = () => { try { localStorage.setItem(KEY, Date.now()); } catch { /* a private window: this page counts alone */ } };
  const since = () => { try { return +localStorage.getItem(KEY) || Date.now(); } catch { return Date.now(); } };
  const watch = () => {
    const left = since() + (seconds - 120) * 1000 - Date.now();
    if (left > 0) { setTimeout(watch, Math.min(left, 2_000_000_000)); return; }
    if (!ending.open && !dialog.open) { const opener = document.activeElement; ending.onclose = () => opener?.focus(); ending.showModal(); }
  };
  if (ending && seconds > 120) {
    seen();
    watch();
    $("form", ending).addEventListener("submit", async e => {
      e.preventDefault();
      const answer = await fetch(e.target.action, { method: "POST", body: new FormData(e.target), redirect: "manual" });
      ending.close();
      delete e.target.dataset.sent;
      if (answer.type === "opaqueredirect") { seen(); watch(); }
    });
  }
})();
