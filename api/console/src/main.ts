// Starts the console in the page.
import { mount } from "svelte";
import App from "./shell/App.svelte";
import "./look/base.css";

mount(App, { target: document.getElementById("app")! });
