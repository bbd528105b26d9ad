"use strict";

const byId = (id) => document.getElementById(id);
const euros = (cents) => `€ ${(cents / 100).toFixed(2)}`;

const basket = {
  read: () => JSON.parse(sessionStorage.getItem("basket") || "[]"),
  add(slug) {
    sessionStorage.setItem("basket", JSON.stringify([...this.read(), slug]));
    this.showCount();
  },
  showCount() {
    byId("basket-count").textContent = this.read().length;
  },
};

/** Draw a plant: seven leaves in its colour over a clay pot. */
function drawPlant(plant) {
  const leaves = [-60, -40, -20, 0, 20, 40, 60].map((turn, i) =>
    `<ellipse cx="100" cy="70" rx="13" ry="${46 + (i % 3) * 8}" fill="hsl(${plant.hue} 42% ${26 + i * 4}%)"
      transform="rotate(${turn} 100 118)"/>`).join("");
  return `<svg class="pot" viewBox="0 0 200 170" role="img" aria-label="${plant.name}">
    <rect width="200" height="170" fill="hsl(${plant.hue} 30% 90%)"/>${leaves}
    <path d="M72 112h56l-8 48H80z" fill="#c4623a"/></svg>`;
}

async function fetchPlants(query) {
  const answer = await fetch(`/api/plants?q=${encodeURIComponent(query)}`);
  return (await answer.json()).plants;
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { ok: answer.ok, status: answer.status, body: await answer.json() };
}

async function showCatalogue(query) {
  const plants = await fetchPlants(query);
  if (query !== byId("search").value) return; // the answer to an older question
  byId("found").textContent = plants.length ? `${plants.length} plants` : "Nothing grows here. Try another word.";
  byId("plants").innerHTML = plants.map((plant) =>
    `<li><a href="/plant?slug=${plant.slug}">${drawPlant(plant)}
      <div class="text">${plant.name}<br><span class="price">${euros(plant.price_cents)}</span></div></a></li>`).join("");
}

async function showPlant() {
  const slug = new URLSearchParams(location.search).get("slug");
  const plant = (await fetchPlants("")).find((each) => each.slug === slug);
  if (!plant) {
    byId("notice").textContent = "We do not know this plant.";
    return;
  }
  document.title = `${plant.name} · Fernway`;
  byId("plant").innerHTML = `${drawPlant(plant)}<div><h1>${plant.name}</h1><p>${plant.care}</p>
    <p class="price">${euros(plant.price_cents)}</p><button data-testid="add-to-basket">Add to basket</button></div>`;
  byId("plant").querySelector("button").onclick = () => {
    basket.add(slug);
    byId("notice").textContent = `${plant.name} is in your basket.`;
  };
}

async function showBasket() {
  const plants = await fetchPlants("");
  const chosen = basket.read().map((slug) => plants.find((plant) => plant.slug === slug));
  const sum = chosen.reduce((cents, plant) => cents + plant.price_cents, 0);
  byId("lines").innerHTML = chosen.map((plant) =>
    `<li><span>${plant.name}</span><span>${euros(plant.price_cents)}</span></li>`).join("") || "<li>It is empty.</li>";
  byId("total").textContent = euros(sum);
  byId("coupon-form").onsubmit = (event) => {
    event.preventDefault();
    applyCoupon(byId("coupon").value, sum);
  };
}

async function applyCoupon(code, sum) {
  const { ok, status, body } = await post("/api/coupons", { code });
  const result = byId("coupon-result");
  result.classList.toggle("good", ok);
  if (!ok) {
    console.error("coupon refused", status, body.error);
    result.textContent = body.error;
    return;
  }
  result.textContent = `${body.code}: ${body.discount_percent}% off`;
  byId("total").textContent = euros(Math.round(sum * (100 - body.discount_percent) / 100));
}

function showContact() {
  const form = byId("contact-form");
  form.onsubmit = async (event) => {
    event.preventDefault();
    const { ok, body } = await post("/api/messages", Object.fromEntries(new FormData(form)));
    for (const place of form.querySelectorAll("[data-error-of]")) {
      place.textContent = (body.errors || {})[place.dataset.errorOf] || "";
    }
    if (!ok) console.warn("message refused", Object.keys(body.errors));
    byId("reply").textContent = ok ? body.reply : "";
    if (ok) form.reset();
  };
}

basket.showCount();
for (const link of document.querySelectorAll("nav a")) {
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
}
if (byId("plants")) {
  showCatalogue(byId("search").value);
  byId("search").oninput = (event) => showCatalogue(event.target.value);
}
if (byId("plant")) showPlant();
if (byId("lines")) showBasket();
if (byId("contact-form")) showContact();
