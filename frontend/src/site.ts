/**
 * What every page can do beyond HTML: the phone menu, dialogs, live parts that rest while nobody looks,
 * times that stay true. Pages work without it, only less smoothly.
 */
import "./site.css";
import { startCopies } from "./parts/copies";
import { startDialogs } from "./parts/dialogs";
import { startKeys } from "./parts/keys";
import { startLive } from "./parts/live";
import { startMenu } from "./parts/menu";
import { startTimes } from "./parts/times";

document.documentElement.classList.add("js");
startMenu();
startCopies();
startDialogs();
startKeys();
startLive();
startTimes();
