// Moves the focus to the search field when "/" is pressed outside of a field.

import { Controller } from "@hotwired/stimulus";

export default class ShortcutController extends Controller {
  static targets = ["field"];

  focus(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) {
      return;
    }
    event.preventDefault();
    this.fieldTarget.focus();
    this.fieldTarget.select();
  }
}
