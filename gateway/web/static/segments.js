// Counts SMS while somebody types; 3GPP TS 23.038. The server counts again and is right.
"use strict";
(() => {
  const basic = new Set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const double = new Set("\f^{}\\[~]|€");
  const gsm = (letter) => basic.has(letter) || double.has(letter);

  const measure = (text) => {
    const letters = [...text];
    const odd = letters.filter((letter) => !gsm(letter));
    const plain = odd.length === 0;
    const costs = letters.map((letter) =>
      plain ? (double.has(letter) ? 2 : 1) : letter.length);
    const total = costs.reduce((sum, cost) => sum + cost, 0);
    const single = plain ? 160 : 70;
    if (total <= single) return { plain, odd, segments: 1, left: single - total };
    const size = plain ? 153 : 67;
    let segments = 1;
    let used = 0;
    for (const cost of costs) {
      if (used + cost > size) { segments += 1; used = 0; }
      used += cost;
    }
    return { plain, odd, segments, left: size - used };
  };

  for (const field of document.querySelectorAll("textarea[data-segments]")) {
    const place = document.getElementById(field.dataset.segments);
    const show = () => {
      const found = measure(field.value.trim().replace(/\r\n?/g, "\n"));
      const alphabet = found.plain ? "GSM-7" : "UCS-2";
      const letters = [...new Set(found.odd)].slice(0, 5).join(" ");
      const why = found.plain ? "" : `. These letters make it longer: ${letters}`;
      place.textContent = `${found.segments} SMS, ${alphabet}, ${found.left} letters left${why}`;
      place.classList.toggle("bad", found.segments > 2);
    };
    field.addEventListener("input", show);
    show();
  }
})();
