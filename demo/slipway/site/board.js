"use strict";

const COLUMNS = ["Waiting", "On the slip", "In paint", "Launched"];
const CARDS = [
  [0, "Recaulk the hull seams", "Marigold"], [0, "Replace the stern tube", "Kittiwake"],
  [0, "Survey for insurance", "Brise"], [0, "New hull anodes", "Perpetua"],
  [1, "Sister three frames", "Ostrea"], [1, "Straighten the rudder", "Lady Anne"],
  [2, "Second coat, hull", "Nordlys"], [2, "Varnish the coachroof", "Marigold"], [2, "Boot top stripe", "Brise"],
  [3, "Sea trial booked", "Lady Anne"], [3, "Handed over", "Ostrea"],
];
const DRAG_PX = 4;
const GLIDE_MS = 280;
let chosen = null;

function cardOf([, title, vessel]) {
  const more = make("button", "more", "⋯");
  const card = make("li", "card", more, make("strong", "", title), make("span", "", vessel));
  card.onpointerdown = (event) => lift(card, event);
  more.onpointerdown = (event) => event.stopPropagation();
  more.onclick = () => {
    chosen = card;
    openMenu($("#card-menu"), more, "card menu");
  };
  return card;
}

/** Follow the pointer with a card until it is dropped; a card that never moved was clicked. */
function lift(card, start) {
  const follow = (event) => {
    const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
    if (Math.hypot(x, y) > DRAG_PX) card.classList.add("lifted");
    card.style.transform = `translate(${x}px, ${y}px) rotate(2deg)`;
  };
  const drop = (event) => {
    removeEventListener("pointermove", follow);
    if (card.classList.contains("lifted")) dropCard(card, event);
    else openCard(card);
  };
  addEventListener("pointermove", follow);
  addEventListener("pointerup", drop, { once: true });
}

function dropCard(card, { clientX, clientY }) {
  const column = document.elementsFromPoint(clientX, clientY).find((element) => element.matches(".column"));
  glide(() => {
    card.classList.remove("lifted");
    card.style.transform = "";
    column.querySelector("ul").prepend(card);
    count();
  });
  const [title, where] = [card.querySelector("strong").textContent, column.dataset.title];
  toast(`“${title}” is now: ${where}`, "card moved");
}

/** Let cards glide from where they are to where a change puts them. */
function glide(change) {
  const places = new Map($$(".card").map((card) => [card, card.getBoundingClientRect()]));
  change();
  for (const [card, before] of places) {
    const after = card.getBoundingClientRect();
    const [x, y] = [before.left - after.left, before.top - after.top];
    if (x || y) card.animate({ transform: [`translate(${x}px, ${y}px)`, "none"] }, { duration: GLIDE_MS, easing: "ease" });
  }
}

function count() {
  $$(".column").forEach((column) => {
    column.querySelector("em").textContent = column.querySelectorAll(".card:not([hidden])").length;
  });
}

function openCard(card) {
  $("#card h2").textContent = card.querySelector("strong").textContent;
  $("#card").showModal();
  $("#close").blur();
  account.arrive("card opened");
}

$("#board").append(...COLUMNS.map((title, number) => {
  const cards = CARDS.filter(([column]) => column === number).map(cardOf);
  const column = make("div", "column", make("h3", "", `${title} `, make("em", "")), make("ul", "", ...cards));
  column.dataset.title = title;
  return column;
}));
$$("#card-menu li")[1].onclick = () => {
  $("#card-menu").hidden = true;
  chosen.append(make("mark", "", "URGENT"));
  account.arrive("card urgent");
};
$("#comment").oninput = () => account.arrive(`comment: ${$("#comment").value}`);
$("#post").onclick = async () => {
  await save($("#post"));
  $("#comments").append(make("li", "", make("b", "", "You"), ` ${$("#comment").value}`));
  $("#comment").value = "";
  account.arrive("comment posted");
};
$("#close").onclick = () => {
  $("#card").close();
  account.arrive("card closed");
};
$("#filter").oninput = () => {
  const wanted = $("#filter").value.toLowerCase();
  glide(() => {
    $$(".card").forEach((card) => { card.hidden = !card.textContent.toLowerCase().includes(wanted); });
    count();
  });
  account.arrive(`filter: ${wanted}`);
};
count();
openPage("board");
