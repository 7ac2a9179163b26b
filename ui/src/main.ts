import "./styles/tokens.css";
import "./styles/base.css";

import { mount } from "svelte";

import { App } from "./lib/app.svelte";
import type { Core } from "./lib/core";
import Window from "./Window.svelte";

async function core(): Promise<Core> {
  // Scenarios are for development and tests; no build that a person gets has them in it.
  if (import.meta.env.MODE === "mock") return (await import("./lib/mock/core")).mock(location.search);
  return (await import("./lib/tauri")).tauri;
}

const chosen = await core();
const app = new App(chosen, await chosen.about());
await app.begin();
mount(Window, { target: document.getElementById("app")!, props: { app } });
