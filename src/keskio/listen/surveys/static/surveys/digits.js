// Number keys choose a point of the scale, only while the focus is in it, and can be switched off.
// Everything works without this file.
"use strict";
(() => {
  const group = document.querySelector("[data-digits]");
  const box = group && group.querySelector("[data-digits-on]");
  if (!box) return;
  const KEY = "keskio-survey-digits";
  const row = box.closest("[hidden]");
  if (row) row.hidden = false;
  try { box.checked = localStorage.getItem(KEY) !== "off"; } catch { /* private windows keep nothing */ }
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEY, box.checked ? "on" : "off"); } catch { /* the same */ }
  });
  let typed = "";
  let last = 0;
  group.addEventListener("keydown", (event) => {
    if (!box.checked || event.target === box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!/^[0-9]$/.test(event.key)) return;
    typed = event.timeStamp - last < 900 ? typed + event.key : event.key;
    last = event.timeStamp;
    const found = group.querySelector(`input[type="radio"][value="${typed}"]`)
      || group.querySelector(`input[type="radio"][value="${event.key}"]`);
    if (!found) return;
    event.preventDefault();
    found.checked = true;
    found.focus();
    found.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
