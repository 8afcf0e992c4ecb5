"use strict";
// The picture of an environment: finding, folding, and following a chip to what differs in it.
const of = (name) => [...document.querySelectorAll(`[data-${name}]`)];

function show(id) {
  const picture = document.getElementById(id);
  const words = document.querySelector(`[data-picture="${id}"]`).value.trim().toLowerCase().split(/\s+/);
  const onlyChanges = document.querySelector(`[data-changes="${id}"]`).checked;
  const searching = words[0] !== "";
  let found = 0;
  for (const chip of picture.querySelectorAll(".chip")) {
    const inside = chip.closest(".box").querySelector(".name").textContent;
    const text = `${chip.textContent} ${inside}`.toLowerCase();
    const shown = words.every((word) => text.includes(word)) && !(onlyChanges && chip.classList.contains("op-same"));
    chip.hidden = !shown;
    found += shown ? 1 : 0;
  }
  for (const box of [...picture.querySelectorAll(".box")].reverse()) {
    const empty = !box.querySelector(".chip:not([hidden])");
    box.hidden = empty && (searching || onlyChanges);
    if (searching && !empty) box.open = true;
  }
  document.querySelector(`[data-count="${id}"]`).textContent = searching || onlyChanges ? `${found} shown` : "";
}

for (const input of [...of("picture"), ...of("changes")]) {
  input.addEventListener("input", () => show(input.dataset.picture || input.dataset.changes));
}
for (const form of document.querySelectorAll("form.tools")) {
  form.addEventListener("submit", (event) => event.preventDefault());
}
for (const [name, open] of [["unfold", true], ["fold", false]]) {
  for (const button of of(name)) {
    button.addEventListener("click", () => {
      const boxes = document.getElementById(button.dataset[name]).querySelectorAll(".box .box");
      for (const box of boxes) box.open = open;
    });
  }
}

function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus();
  }
}
addEventListener("hashchange", unfold);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#r-']");
  if (link && link.hash === location.hash) unfold();
});
unfold();
