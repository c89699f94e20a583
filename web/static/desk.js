// Keys and drafts for the desk. Every page works without this file.
"use strict";
(() => {
  const body = document.body;
  const form = document.getElementById("wrap");
  const find = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const typing = (el) => el && (el.matches("textarea, select, input:not([type=radio]):not([type=checkbox])") || el.isContentEditable);

  // An open group of the menu closes when one looks elsewhere, or with Escape.
  const menus = () => document.querySelectorAll(".top details[open]");
  const elsewhere = (e) => { for (const m of menus()) if (!m.contains(e.target)) m.open = false; };
  addEventListener("pointerdown", elsewhere);
  addEventListener("focusin", elsewhere);
  addEventListener("keydown", (e) => { if (e.key === "Escape") for (const m of menus()) { m.open = false; m.querySelector("summary").focus(); e.stopImmediatePropagation(); } });

  // What scrolls sideways is reached and named for those without a pointer.
  const reachable = () => {
    for (const box of document.querySelectorAll(".scroll, .card > table, .picturebox")) {
      if (box.scrollWidth <= box.clientWidth) { box.removeAttribute("tabindex"); continue; }
      const title = (box.closest("section, .card") || document).querySelector("h1, h2, h3");
      box.tabIndex = 0;
      if (box.tagName === "DIV") box.setAttribute("role", "region");
      const name = title?.textContent || box.querySelector("svg")?.getAttribute("aria-label");
      if (name) box.setAttribute("aria-label", name);
    }
  };
  reachable();
  addEventListener("resize", reachable);
  addEventListener("toggle", reachable, true);

  // Without this file Enter in a card presses the form's first button, so that the
  // server finds out what is meant.
  form?.querySelector("button[hidden]")?.remove();

  // A call-back begins with the first time when they may be called. Another
  // outcome has no time but one that was chosen.
  form?.addEventListener("input", (e) => {
    const preset = form.elements.preset;
    if (!preset) return;
    if (e.target === preset) delete preset.dataset.first;
    if (e.target.name !== "disposition") return;
    if (e.target.value === "callback_agreed") {
      if (preset.value || form.elements.due.value || preset.options.length < 2) return;
      preset.selectedIndex = 1;
      preset.dataset.first = "";
    } else if ("first" in preset.dataset) {
      preset.selectedIndex = 0;
      delete preset.dataset.first;
    }
  });

  // A draft is kept in this tab while somebody types, and forgotten when the
  // server says that it was saved.
  const draftKey = (id) => "draft " + id;
  try {
    const saved = body.dataset.saved && draftKey(body.dataset.saved) + "/";
    for (const key of Object.keys(sessionStorage)) if (saved && key.startsWith(saved)) sessionStorage.removeItem(key);
    if (form) {
      const key = draftKey(form.dataset.draft);
      const fields = () => [...form.elements].filter((el) => el.name && el.type !== "hidden" && el.tagName !== "BUTTON");
      const untouched = fields().every((el) => ("checked" in el && /radio|checkbox/.test(el.type) ? !el.checked : !el.value));
      const kept = untouched && sessionStorage.getItem(key);
      if (kept) {
        const was = new URLSearchParams(kept);
        for (const el of fields()) {
          if (/radio|checkbox/.test(el.type)) el.checked = was.getAll(el.name).includes(el.value);
          else if (was.has(el.name)) el.value = was.get(el.name);
        }
      }
      form.addEventListener("input", () => {
        const values = new FormData(form);
        values.delete("fence");
        sessionStorage.setItem(key, new URLSearchParams(values).toString());
      });
    }
  } catch { /* storage is switched off: the server still keeps what was sent */ }

  // The lease is renewed while the card is open and in use.
  const task = document.querySelector("[data-task]");
  if (task) {
    let used = Date.now();
    for (const what of ["keydown", "pointerdown", "scroll"]) addEventListener(what, () => { used = Date.now(); }, { passive: true });
    // What changes meanwhile is shown on the open card: a service issue turns it
    // amber and takes the offer away. A lost connection, or a session that has
    // ended, is said while there is time; what was typed stays in this tab.
    const told = document.createElement("p");
    told.className = "say bad lost";
    told.setAttribute("role", "alert");
    const tell = (text) => { told.textContent = text; if (text) document.getElementById("main").prepend(told); else told.remove(); };
    const cutOff = task.dataset.lost || "There is no connection to the desk. What you typed stays here: save again in a moment, it counts once.";
    const slow = task.dataset.slow || "It is still being saved. Leave this page open: what you typed stays here, and it counts once.";
    const full = task.dataset.full || "The desk cannot save right now: tell whoever looks after Holdfast. What you typed stays here: save again in a minute, it counts once.";
    let saving = false;
    const look = async () => {
      if (document.hidden || saving) return;
      try {
        const got = await fetch(`/tasks/${task.dataset.task}/live`);
        if (got.status === 401) return tell(task.dataset.ended || "Your session has ended. What you type stays in this tab: save, and sign in again when asked.");
        if (told.textContent !== full) tell("");
        if (got.status !== 200) return;
        const box = document.getElementById("live"), was = box.textContent;
        const fresh = new DOMParser().parseFromString(await got.text(), "text/html").body;
        if (fresh.textContent !== was) box.replaceChildren(...fresh.childNodes);
        if (!box.querySelector(".issuebox")) return;
        document.querySelector(".sheet").classList.add("amber");
        for (const gone of document.querySelectorAll(".offer, .grant, .another")) gone.remove();
      } catch { tell(cutOff); }
    };
    setInterval(look, 15e3);
    for (const when of ["online", "offline", "focus"]) addEventListener(when, look);
    // Enter in a box beside the outcomes does what the box is for, not what the
    // whole form is for.
    for (const box of document.querySelectorAll(".aside .ask")) box.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.ctrlKey || e.metaKey || e.target.tagName !== "INPUT") return;
      e.preventDefault();
      box.querySelector("button").click();
    });
    // What is sent leaves the card only once it has arrived: without a connection
    // all that was typed stays before one's eyes, and is sent again from there.
    // What is refused is sent plainly, and its page says why; what the desk cannot
    // save now is not refused, and stays.
    for (const f of document.querySelectorAll(".wrapup form:not(.presence)")) f.addEventListener("submit", async (e) => {
      const pressed = e.submitter;
      if (f.dataset.plainly || f.dataset.sent) return;
      e.preventDefault();
      if (saving) return;
      saving = true;
      tell("");
      const long = setTimeout(() => { document.querySelector("[role=status]")?.remove(); tell(slow); }, 3000);
      try {
        const got = await fetch(pressed?.hasAttribute("formaction") ? pressed.formAction : f.action, { method: "POST", body: new URLSearchParams(new FormData(f, pressed)), headers: { "Holdfast-Script": "1" } });
        if (got.status === 204) return location.assign(got.headers.get("Location"));
        delete f.dataset.sent;
        if (got.status === 503) return tell(full);
        f.dataset.plainly = "1";
        f.requestSubmit(pressed);
      } catch {
        delete f.dataset.sent;
        tell(cutOff);
      } finally {
        clearTimeout(long);
        saving = false;
      }
    });
    setInterval(() => {
      if (Date.now() - used > 10 * 60e3) return;
      fetch(`/tasks/${task.dataset.task}/heartbeat`, { method: "POST", body: new URLSearchParams({ fence: task.dataset.fence }) }).catch(() => {});
    }, 4 * 60e3);
  }

  // A list that others add to is looked at again, unless somebody types in it.
  for (const box of document.querySelectorAll("[data-live]")) setInterval(async () => {
    if (document.hidden || box.contains(document.activeElement) || [...box.querySelectorAll("input:not([type=hidden])")].some((el) => el.value)) return;
    try {
      const got = await fetch(box.dataset.live);
      if (got.status !== 200) return;
      const fresh = new DOMParser().parseFromString(await got.text(), "text/html").body;
      if (fresh.textContent !== box.textContent) { box.replaceChildren(...fresh.childNodes); reachable(); }
    } catch { /* the next look may reach it */ }
  }, 1e3 * (box.dataset.every || 10));

  // What one is doing is said without leaving the page.
  for (const f of document.querySelectorAll("form.presence")) f.addEventListener("submit", (e) => {
    const pressed = e.submitter;
    if (!pressed) return;
    e.preventDefault();
    e.stopPropagation();
    const values = new URLSearchParams(new FormData(f));
    values.set("state", pressed.value);
    fetch(pressed.getAttribute("formaction") || f.action, { method: "POST", body: values }).then((got) => {
      if (got.ok) for (const b of f.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b === pressed));
    }).catch(() => {});
  });

  // A form that was sent is not sent twice.
  addEventListener("submit", (e) => {
    if (e.target.dataset.sent) e.preventDefault();
    e.target.dataset.sent = "1";
    setTimeout(() => { delete e.target.dataset.sent; }, 5000);
  });
  addEventListener("pageshow", () => { for (const f of document.forms) { delete f.dataset.sent; delete f.dataset.plainly; } });

  // After d a letter is an outcome, and then again a key of the desk: who goes
  // on to a promise must not change what came of the call without a word.
  let choosing = false;
  const pick = (code) => {
    const radio = document.querySelector(`[data-code="${CSS.escape(code)}"]`);
    if (!radio) return false;
    choosing = false;
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };

  // The keys that work here, out of the page of all of them.
  let keymap;
  const works = (key) => (key === "save" ? form : key === "/" || key === "?" || key === "esc" || find(key));
  const showKeys = async () => {
    try {
      const got = await fetch("/help");
      const help = new DOMParser().parseFromString(await got.text(), "text/html");
      const list = help.querySelector("dl.keys");
      for (const dt of [...list.querySelectorAll("dt")]) if (!works(dt.dataset.for)) { dt.nextElementSibling.remove(); dt.remove(); }
      keymap?.remove();
      keymap = document.importNode(help.querySelector("template").content.firstElementChild, true);
      keymap.querySelector("h2").after(list);
      body.append(keymap);
      keymap.showModal();
    } catch { location.href = "/help"; }
  };

  const go = (key) => {
    if (key === "?") { showKeys(); return true; }
    const el = key === "d" && form?.querySelector("[name=disposition]:checked") || find(key);
    choosing = key === "d";
    if (!el) {
      if (key !== "/") return false;
      location.href = "/inbound";
      return true;
    }
    if (key === "c") { const r = document.querySelector("[value=callback_agreed]"); if (r) { r.checked = true; r.dispatchEvent(new Event("input", { bubbles: true })); } }
    if (el.tagName === "SUMMARY") {
      const box = el.parentElement;
      box.open = !box.open || key !== "t";
      const first = box.querySelector("select, input:not([type=hidden]), textarea");
      (first || el).focus();
    } else if (el.tagName === "A" || el.tagName === "BUTTON") el.click();
    else { if (el.type === "checkbox") el.checked = !el.checked; el.focus(); el.scrollIntoView({ block: "center" }); }
    return true;
  };

  addEventListener("keydown", (e) => {
    const at = document.activeElement;
    if (keymap?.open) return;
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && form) {
      e.preventDefault();
      form.requestSubmit(form.querySelector('button[value="next"]'));
      return;
    }
    if (e.key === "Escape" && at) { at.blur(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(at)) return;
    if (!("keys" in body.dataset)) return;
    if (choosing && at && at.dataset.code && pick(e.key)) { e.preventDefault(); return; }
    if (go(e.key)) e.preventDefault();
  });
  body.dataset.ready = "";
})();
