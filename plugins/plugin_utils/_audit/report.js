/*
Copyright (c) 2026, the winsec.lsa contributors
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
*/

"use strict";

// Sorts and filters the hosts. Without it, the page shows all of them, those that need attention first.
(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId("table"), body = table.tBodies[0];
  const form = document.querySelector(".filters");
  const text = byId("f-text"), attention = byId("f-attention"), verdict = byId("f-verdict"), release = byId("f-release");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const rows = [...body.rows].map((element) => ({
    element,
    cells: [...element.cells].map((cell) => cell.textContent),
    keys: [...element.cells].map((cell) => cell.dataset.k),
    attention: element.cells[1].dataset.a,
    words: element.textContent.toLowerCase(),
  }));

  const compare = (column) => (a, b) =>
    a.keys[column] === undefined
      ? collator.compare(a.cells[column], b.cells[column])
      : a.keys[column] - b.keys[column];

  function sort(header) {
    const heads = [...header.parentElement.cells];
    const down = header.getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = compare(heads.indexOf(header));
    rows.sort((a, b) => (down ? order(b, a) : order(a, b)));
    body.append(...rows.map((row) => row.element));
  }

  function filter() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const hit =
        (!attention.value || row.attention === attention.value) &&
        (!verdict.value || row.cells[2] === verdict.value) &&
        (!release.value || row.cells[3] === release.value) &&
        wanted.every((word) => row.words.includes(word));
      row.element.hidden = !hit;
      shown += hit;
    }
    byId("shown").textContent = `Showing ${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  }

  for (const name of [...new Set(rows.map((row) => row.cells[3]))].filter(Boolean).sort(collator.compare)) {
    release.add(new Option(name, name));
  }
  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(header));
    header.append(button);
  }
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => {
      form.reset();
      attention.value = button.dataset.show;
      filter();
      byId("hosts").scrollIntoView();
      byId("hosts").focus({ preventScroll: true });
    });
  }
  form.addEventListener("input", filter);
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  document.querySelectorAll(".scripted").forEach((element) => { element.hidden = false; });
  filter();
})();
