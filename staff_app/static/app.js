/* Progressive enhancement only: everything below also works as a link or a form without it. */
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];

  /* Receipts stay until dismissed; then the heading has the focus. */
  $$("[data-dismiss]").forEach(a => a.addEventListener("click", e => { e.preventDefault(); a.closest(".receipt").remove(); $("h1")?.focus(); }));

  /* A typed confirmation: the button waits until the words match. The server checks them again. */
  $$("input[data-typed]").forEach(input => {
    const button = $("[data-waits]", input.form);
    const look = () => { button.disabled = input.value.trim().toLowerCase() !== input.dataset.typed.trim().toLowerCase(); };
    input.addEventListener("input", look);
    addEventListener("pageshow", look);
    look();
  });

  /* One act, one submit. */
  addEventListener("submit", e => {
    if (e.target.method !== "post" || e.defaultPrevented) return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    e.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach(form => delete form.dataset.sent));

  /* Ctrl+Enter sends a note. */
  $$("textarea[data-submit-keys]").forEach(area => area.addEventListener("keydown", e => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); area.form.requestSubmit(); }
  }));

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

  /* A click anywhere on a row opens its case. */
  $$("tr.row").forEach(row => row.addEventListener("click", e => {
    if (!e.target.closest("a,button,input,label,summary") && !String(getSelection())) $(".c-who a", row).click();
  }));

  /* Menus close by Escape and by a click elsewhere. */
  addEventListener("click", e => $$("details.pick[open]").forEach(d => { if (!d.contains(e.target)) d.open = false; }));
  addEventListener("keydown", e => {
    if (e.key === "Escape") $$("details.pick[open]").forEach(d => { d.open = false; $("summary", d).focus(); });
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input,textarea,select")) return;
    e.preventDefault();
    $("#search")?.focus();
  });
})();
