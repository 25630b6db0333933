"use strict";
(() => {
  const form = document.getElementById("filter");
  const items = [...document.querySelectorAll("details.item")];
  const none = document.getElementById("none");
  const shown = document.getElementById("shown");
  const open = () => {
    const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (item && item.tagName === "DETAILS") {
      item.open = true;
      item.querySelector("summary").focus({ preventScroll: true });
    }
  };
  const apply = () => {
    const group = form.elements.group.value;
    const severity = form.elements.severity.value;
    const verdict = form.elements.verdict.value;
    const path = form.elements.path.value.trim().toLowerCase();
    let visible = 0;
    for (const item of items) {
      let left = 0;
      const findings = [...item.querySelectorAll(".finding")];
      for (const finding of findings) {
        const fits = (!severity || finding.dataset.severity === severity)
          && (!path || finding.dataset.path.toLowerCase().includes(path));
        finding.hidden = !fits;
        left += fits ? 1 : 0;
      }
      item.hidden = (group && item.dataset.group !== group) || (verdict && item.dataset.verdict !== verdict)
        || ((severity || path) && left === 0);
      if (!item.hidden && (severity || path)) item.open = true;
      visible += item.hidden ? 0 : 1;
    }
    none.hidden = visible > 0;
    shown.textContent = `${visible} of ${items.length} items shown`;
  };
  let before = [];
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  addEventListener("hashchange", open);
  document.querySelector(".board").addEventListener("click", (event) => {
    if (event.target.closest("a.tile")) { form.reset(); setTimeout(open); }
  });
  addEventListener("beforeprint", () => { before = items.filter((item) => !item.open); before.forEach((item) => { item.open = true; }); });
  addEventListener("afterprint", () => before.forEach((item) => { item.open = false; }));
  apply();
  open();
})();
