// The program behind the page, through the shell's generated calls.
import { Channel } from "@tauri-apps/api/core";
import { getCurrentWebview } from "@tauri-apps/api/webview";

import { type AppError, commands, events, type State } from "./bindings";
import { type Core, CoreError, type Outside } from "./core";

type Answer<T> = { status: "ok"; data: T } | { status: "error"; error: AppError };

async function got<T>(answer: Promise<Answer<T>>): Promise<T> {
  const told = await answer;
  if (told.status === "error") throw new CoreError(told.error);
  return told.data;
}

async function done(answer: Promise<Answer<unknown>>): Promise<void> {
  await got(answer);
}

export const tauri: Core = {
  async watch(onState) {
    const channel = new Channel<State>();
    channel.onmessage = onState;
    await commands.watch(channel);
  },
  async listen(outside: Outside) {
    await Promise.all([
      events.pasteLink.listen((event) => outside.read(event.payload)),
      events.askClose.listen(() => outside.askClose()),
      events.showView.listen((event) => outside.showView(event.payload.view)),
      getCurrentWebview().onDragDropEvent(({ payload }) => {
        if (payload.type === "enter") outside.holdFiles(payload.paths.length > 0);
        if (payload.type === "leave") outside.holdFiles(false);
        if (payload.type === "drop") {
          outside.holdFiles(false);
          if (payload.paths.length > 0) outside.dropFiles(payload.paths);
        }
      }),
    ]);
  },
  about: () => got(commands.about()),
  view: () => commands.view(),
  keepView: (view) => done(commands.keepView(view)),

  connect: () => done(commands.connect()),
  disconnect: () => done(commands.disconnect()),
  tryAgain: () => done(commands.tryAgain()),
  usePortAndConnect: (port) => done(commands.usePortAndConnect(port)),

  list: () => got(commands.list()),
  choose: (id) => done(commands.choose(id)),
  reorder: (ids, before) => done(commands.reorder(ids, before)),
  remove: (ids) => got(commands.remove(ids)),
  undoRemove: (token) => done(commands.undoRemove(token)),
  test: (ids) => done(commands.test(ids)),
  cancelTests: () => done(commands.cancelTests()),

  chooseFile: () => got(commands.chooseFile()),
  read: (origin) => got(commands.read(origin)),
  fetch: (token) => got(commands.fetch(token)),
  add: (token, indices, how) => got(commands.add(token, indices, how)),
  cancelRead: (token) => done(commands.cancelRead(token)),
  draft: (id) => got(commands.draft(id)),
  save: (draft) => got(commands.save(draft)),
  checkDraft: (draft) => got(commands.checkDraft(draft)),

  share: (id, reveal) => got(commands.share(id, reveal)),
  copy: (text) => done(commands.copy(text)),
  copySecret: (id) => done(commands.copySecret(id)),

  events: (after) => got(commands.events(after)),
  connections: () => got(commands.connections()),

  subscriptions: () => got(commands.subscriptions()),
  refreshSubscription: (id) => got(commands.refreshSubscription(id)),
  removeSubscription: (id, keepProxies) => done(commands.removeSubscription(id, keepProxies)),

  settings: () => got(commands.settings()),
  saveSettings: (settings) => got(commands.saveSettings(settings)),
  setSystemProxy: (on) => done(commands.setSystemProxy(on)),
  makeDefault: (scheme, ours) => done(commands.makeDefault(scheme, ours)),

  startPractice: () => done(commands.startPractice()),
  blockPractice: (id, blocked) => done(commands.blockPractice(id, blocked)),
  leavePractice: () => done(commands.leavePractice()),

  telegram: () => done(commands.telegram()),
  openPage: (which) => done(commands.openPage(which)),
  dismiss: (code) => done(commands.dismiss(code)),
  unlock: (passphrase) => done(commands.unlock(passphrase)),
  answerClose: (quit) => commands.answerClose(quit),
};
