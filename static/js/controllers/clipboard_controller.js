// Copies a text, such as the install command, and says so for a moment, to screen readers too.

import { Controller } from "@hotwired/stimulus";

const CONFIRMATION_MILLISECONDS = 2000;

export default class ClipboardController extends Controller {
  static targets = ["source", "button"];
  static values = { done: String };

  connect() {
    this.label = this.buttonTarget.textContent;
    this.buttonTarget.hidden = !navigator.clipboard;
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  async copy() {
    await navigator.clipboard.writeText(this.sourceTarget.textContent.trim());
    this.buttonTarget.textContent = this.doneValue;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.buttonTarget.textContent = this.label;
    }, CONFIRMATION_MILLISECONDS);
  }
}
