// Shows the OpenAPI document of the family that the address names (#capture), and links to the others.
async function show() {
  const families = await (await fetch("families.json")).json();
  const named = location.hash.slice(1).split("/")[0];
  const shown = families.find((family) => family.name === named) ?? families[0];
  document.querySelector("#families").replaceChildren(...families.map((family) => link(family, family === shown)));
  window.ui = SwaggerUIBundle({
    url: `${encodeURIComponent(shown.name)}.json`,
    dom_id: "#viewer",
    deepLinking: false,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
}

function link(family, isShown) {
  const anchor = document.createElement("a");
  anchor.href = `#${family.name}`;
  anchor.textContent = family.title;
  if (isShown) anchor.setAttribute("aria-current", "page");
  return anchor;
}

window.addEventListener("hashchange", show);
show();
