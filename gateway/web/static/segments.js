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

  // As the server writes it: simpler letters where the language allows and all of it then fits.
  const plainer = (text, { instead, accents }) => {
    const table = JSON.parse(instead || "{}");
    let plain = [...text.normalize("NFC")].map((letter) => table[letter] ?? letter).join("");
    if (accents) {
      plain = [...plain.replace(/\p{Mn}/gu, "")].map((letter) => {
        const [base] = letter.normalize("NFD");
        return !gsm(letter) && gsm(base) ? base : letter;
      }).join("");
    }
    return [...plain].every(gsm) ? plain : text;
  };

  const words = window.words; // in the language of the page

  for (const field of document.querySelectorAll("textarea[data-segments]")) {
    const place = document.getElementById(field.dataset.segments);
    if (!place) continue;
    const { around = "", gsm7 = 2, ucs2 = 2 } = field.dataset;
    const fill = JSON.parse(field.dataset.fill || "null"); // the longest value of each {field}
    const show = () => {
      const typed = field.value.trim().replace(/\r\n?/g, "\n");
      const filled = fill ? typed.replace(/\{(\w+)\}/g, (all, name) => fill[name] ?? all) : typed;
      const whole = around ? around.split("{action}").join(typed) : filled;
      const found = measure(plainer(whole, field.dataset));
      const alphabet = found.plain ? "GSM-7" : "UCS-2";
      const letters = [...new Set(found.odd)].slice(0, 5).join(" ");
      const odd = !found.plain && field.dataset.accents;  // other scripts have no shorter letters
      const why = odd ? `. ${words.longer.replace("#", letters)}` : "";
      const sms = (around || fill ? words.sms_at_most : words.sms).replace("#", found.segments);
      place.textContent = `${sms}, ${alphabet}, ${words.left.replace("#", found.left)}${why}`;
      place.classList.toggle("bad", found.segments > (found.plain ? gsm7 : ucs2));
    };
    field.addEventListener("input", show);
    show();
  }
})();
