"use strict";

const TARGETS = [
  ["M 31", "Andromeda", "galaxy", "mag 3.4"], ["M 42", "Orion", "nebula", "mag 4.0"], ["M 45", "Pleiades", "cluster", "mag 1.6"],
  ["M 33", "Triangulum", "galaxy", "mag 5.7"], ["M 1", "Crab", "nebula", "mag 8.4"], ["M 13", "Hercules", "cluster", "mag 5.8"],
  ["M 81", "Bode", "galaxy", "mag 6.9"], ["M 57", "Ring", "nebula", "mag 8.8"], ["M 37", "Salt and pepper", "cluster", "mag 6.2"],
  ["M 51", "Whirlpool", "galaxy", "mag 8.4"], ["M 27", "Dumbbell", "nebula", "mag 7.5"], ["M 44", "Beehive", "cluster", "mag 3.7"],
  ["M 101", "Pinwheel", "galaxy", "mag 7.9"], ["M 97", "Owl", "nebula", "mag 9.9"], ["M 35", "Shoe buckle", "cluster", "mag 5.3"],
];
const LOADING_MS = 900;
const TOAST_MS = 2200;
const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];

/** Show a view, after its data would have come over the network. */
function open(view) {
  $$("main section").forEach((section) => { section.hidden = true; });
  $$("nav button").forEach((button) => button.classList.toggle("on", button.dataset.view === view));
  $("#loading").hidden = false;
  setTimeout(() => {
    $("#loading").hidden = true;
    $(`#${view}`).hidden = false;
    $("main").scrollTop = 0;
  }, LOADING_MS);
}

function list(kind) {
  $("#targets").replaceChildren(...TARGETS.filter((target) => !kind || target[2] === kind).map((target) => {
    const item = document.createElement("li");
    item.innerHTML = `<b>${target[0]} ${target[1]}</b><span>${target[2]}</span><span>${target[3]}</span>`;
    item.onclick = () => show(target);
    return item;
  }));
}

function show([number, name, kind, brightness]) {
  $("#panel h3").textContent = `${number} ${name}`;
  $("#panel p").textContent = `A ${kind}, ${brightness}. Best seen after midnight, away from the moon.`;
  $("#panel details").open = false;
  $("#panel").classList.add("open");
}

function toast(text) {
  $("#toast").textContent = text;
  $("#toast").classList.add("shown");
  setTimeout(() => $("#toast").classList.remove("shown"), TOAST_MS);
}

/** The star tracker: an animation that never ends. */
function track(now) {
  const sky = $("#sky").getContext("2d");
  sky.fillStyle = "#05060d";
  sky.fillRect(0, 0, 420, 280);
  for (let star = 0; star < 70; star++) {
    const angle = star * 2.4 + now / 2600, radius = 12 + star * 3.1;
    sky.fillStyle = star % 9 ? "#c9d2ff" : "#ffc98a";
    sky.fillRect(210 + Math.cos(angle) * radius, 140 + Math.sin(angle) * radius * 0.62, 3, 3);
  }
  requestAnimationFrame(track);
}

$$("nav button").forEach((button) => { button.onclick = () => open(button.dataset.view); });
$$(".chips button").forEach((chip) => {
  chip.onclick = () => {
    $$(".chips button").forEach((other) => other.classList.toggle("on", other === chip));
    list(chip.dataset.kind);
  };
});
$("#close").onclick = () => $("#panel").classList.remove("open");
$("#plan").onclick = () => toast(`${$("#panel h3").textContent} is in tonight's plan`);
$("#filter").onclick = () => { $("#filters").hidden = false; };
$$("#filters li").forEach((item) => {
  item.onclick = () => { $("#filter").textContent = item.textContent; $("#filters").hidden = true; };
});
$("#expose").onclick = () => {
  if ($("#exposing").textContent) { $("#stop").showModal(); return; }
  $("#expose").textContent = "Stop exposure";
  $("#exposing").innerHTML = '<i class="spinner"></i> 300 s, frame 1 of 12';
};
$("#keep").onclick = () => $("#stop").close();
$("#abort").onclick = () => {
  $("#stop").close();
  $("#expose").textContent = "Start exposure";
  $("#exposing").textContent = "";
};
$("#note").onsubmit = (event) => {
  event.preventDefault();
  const { title, seeing } = event.target.elements;
  const isValid = /^[1-5]$/.test(seeing.value);
  $("#error").textContent = isValid ? "" : "Seeing is a number from 1 (poor) to 5 (perfect).";
  if (!isValid) return;
  const entry = document.createElement("li");
  entry.textContent = `${title.value} (seeing ${seeing.value})`;
  $("#entries").append(entry);
  event.target.reset();
  document.activeElement.blur();
};
$$(".tabs button").forEach((tab) => {
  tab.onclick = () => {
    $$(".tabs button").forEach((other) => other.classList.toggle("on", other === tab));
    ["weather", "power"].forEach((id) => { $(`#${id}`).hidden = id !== tab.dataset.tab; });
  };
});

list("");
open("tonight");
requestAnimationFrame(track);
