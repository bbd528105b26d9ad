// Runs in every document before its own scripts: starts rrweb in the shop's frame, not in the stage around it.
if (window.parent !== window && location.protocol.startsWith("http")) {
  rrwebRecord.record({
    emit: (event) => window.playheadEvent(JSON.stringify(event)),
    maskInputOptions: { password: true },
    plugins: [rrwebPluginConsoleRecord.getRecordConsolePlugin({ level: ["error", "warn"] })],
    sampling: { mousemove: 50, scroll: 150 },
  });
}
