"use strict";

const LOADING_MS = 800;
const SAVING_MS = 700;
const TOAST_MS = 2600;
const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Make an element with children or text. */
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** Open a page, once its content would have come over the network. */
async function openPage(page) {
  $$("main section").forEach((section) => { section.hidden = true; });
  $$("nav button").forEach((button) => button.classList.toggle("on", button.dataset.page === page));
  $("#loading").hidden = false;
  await pause(LOADING_MS);
  $("#loading").hidden = true;
  $(`#${page}`).hidden = false;
  account.arrive(page);
}

/** Slide a message in, and out again after a while. */
async function toast(text, name) {
  $("#toast").textContent = text;
  $("#toast").classList.add("shown");
  account.arrive(name);
  await pause(TOAST_MS);
  account.leave();
  $("#toast").classList.remove("shown");
  account.arrive(`${name}, toast gone`);
}

/** Unfold a menu below a button. */
function openMenu(menu, button, name) {
  const box = button.getBoundingClientRect();
  menu.hidden = false;
  menu.style.top = `${box.bottom + 4}px`;
  menu.style.left = `${Math.min(box.left, innerWidth - menu.offsetWidth - 12)}px`;
  menu.animate({ opacity: [0, 1], transform: ["translateY(-8px)", "none"] }, 160);
  account.arrive(name);
}

/** Show that something is being saved, for as long as that takes. */
async function save(button) {
  const text = button.textContent;
  button.replaceChildren(make("i", "spinner"), " Saving");
  await pause(SAVING_MS);
  button.textContent = text;
}

const VESSELS = ["Marigold", "Ostrea", "Lady Anne", "Kittiwake", "Brise", "Nordlys", "Perpetua"];
const WORKS = ["Lift and scrub", "Antifouling", "Engine service", "Rig check", "Winter berth", "Keel bolts"];

function ledgerRow(number) {
  const hours = 3 + (number * 7) % 23;
  const cells = [1400 + number, VESSELS[number % 7], WORKS[number % 6], hours, `${(hours * 64.5).toFixed(2)} €`];
  const row = make("tr", "", ...cells.map((cell) => make("td", "", String(cell))));
  row.onclick = () => unfold(row, cells[0]);
  return row;
}

function unfold(row, number) {
  const lines = ["Labour at 64.50 € the hour, two hands.", "Materials by weight, see delivery note.", "Paid: no."];
  const fold = make("div", "fold", ...lines.map((line) => make("p", "", line)));
  const cell = make("td", "", fold);
  cell.colSpan = 5;
  row.after(make("tr", "folded", cell));
  fold.animate({ height: ["0px", `${fold.offsetHeight}px`] }, 240);
  account.arrive(`invoice ${number}`);
}

$("#ledger tbody").append(...Array.from({ length: 45 }, (_, number) => ledgerRow(number)));
$("#ledger").onscrollend = () => account.arrive(`ledger at ${Math.round($("#ledger").scrollTop)}`);
$$("nav button").forEach((button) => { button.onclick = () => openPage(button.dataset.page); });
$("#settings").onclick = () => openMenu($("#settings-menu"), $("#settings"), "settings menu");
$("#settings-menu li").onclick = () => {
  $("#settings-menu").hidden = true;
  document.documentElement.classList.add("daylight");
  account.arrive("daylight");
};
