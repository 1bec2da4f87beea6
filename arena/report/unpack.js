// Unpacks the libraries and what draws with them, and runs them in their order. The policy lets in these texts alone.
"use strict";
(async () => {
  if (!("DecompressionStream" in self)) return;  // the still charts stay
  for (const packed of document.querySelectorAll('script[type="application/gzip"]')) {
    const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
    const script = document.createElement("script");
    script.textContent = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    document.body.append(script);
  }
  document.documentElement.dataset.unpacked = "";
})();
