// What the pages gain with JavaScript. Everything works without: controllers only add to what is there.

import { Application } from "@hotwired/stimulus";

import ClipboardController from "./controllers/clipboard_controller";
import FilterController from "./controllers/filter_controller";
import ShortcutController from "./controllers/shortcut_controller";
import ThemeController from "./controllers/theme_controller";

const application = Application.start();
application.register("clipboard", ClipboardController);
application.register("filter", FilterController);
application.register("shortcut", ShortcutController);
application.register("theme", ThemeController);
