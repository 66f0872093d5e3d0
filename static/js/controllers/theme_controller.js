// Switches between light and dark and remembers the choice (js/theme.js applies it on the next page).

import { Controller } from "@hotwired/stimulus";

export default class ThemeController extends Controller {
  static targets = ["button"];

  connect() {
    this.buttonTarget.hidden = false;
    this.show();
  }

  toggle() {
    const theme = this.isDark ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage is forbidden: the choice holds for this page.
    }
    this.show();
  }

  show() {
    this.buttonTarget.setAttribute("aria-pressed", String(this.isDark));
  }

  get isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }
}
