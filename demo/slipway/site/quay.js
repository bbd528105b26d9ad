"use strict";

const BERTHS = ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2", "B3", "B4", "B5", "B6"];
const TAKEN = new Map([["A2", "Ostrea"], ["A5", "Brise"], ["B1", "Nordlys"], ["B6", "Perpetua"]]);
const CAMERA_FRAMES_PER_SECOND = 12;

function berthOf(name) {
  const vessel = TAKEN.get(name) ?? "free";
  const berth = make("button", vessel === "free" ? "" : "taken", make("b", "", name), make("span", "", vessel));
  berth.onclick = () => {
    $("#booking h3").textContent = `Berth ${name}`;
    $("#booking").classList.add("open");
    $("#booking").onsubmit = (event) => book(event, berth);
    account.arrive("berth chosen");
  };
  return berth;
}

async function book(event, berth) {
  event.preventDefault();
  await save($("#booking button"));
  berth.className = "taken";
  berth.querySelector("span").textContent = $("[name=vessel]").value;
  document.activeElement.blur();
  toast(`${$("[name=vessel]").value} has ${berth.querySelector("b").textContent} until Sunday`, "berth booked");
}

/** Film the water, a hull that rolls, and the crane's hook. */
function film(canvas) {
  const view = canvas.getContext("2d");
  const t = performance.now() / 1000;
  view.fillStyle = "#5f6d70";
  view.fillRect(0, 0, 320, 180);
  view.fillStyle = "#2e4a4d";
  for (let x = 0; x < 320; x += 8) {
    view.fillRect(x, 120 + 7 * Math.sin(x / 23 + t * 1.7) + 3 * Math.sin(x / 7 - t * 2.9), 8, 70);
  }
  view.save();
  view.translate(150, 118 + 5 * Math.sin(t * 1.3));
  view.rotate(0.09 * Math.sin(t * 0.9));
  view.fillStyle = "#c8a15a";
  view.fillRect(-60, -14, 120, 24);
  view.fillStyle = "#e9e2d0";
  view.fillRect(-24, -34, 52, 20);
  view.restore();
  view.strokeStyle = view.fillStyle = "#1b1b1b";
  const hook = 236 + 34 * Math.sin(t * 0.8);
  view.beginPath();
  view.moveTo(236, 0);
  view.lineTo(hook, 74);
  view.stroke();
  view.fillRect(hook - 6, 74, 12, 14);
}

function startCamera() {
  const canvas = make("canvas", "");
  [canvas.width, canvas.height] = [320, 180];
  film(canvas);
  setInterval(() => film(canvas), 1000 / CAMERA_FRAMES_PER_SECOND);
  $("#camera").srcObject = canvas.captureStream();
  $("#camera").play();
}

$("#berths").append(...BERTHS.map(berthOf));
$("[name=vessel]").oninput = () => account.arrive(`vessel: ${$("[name=vessel]").value}`);
startCamera();
