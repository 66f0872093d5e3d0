// Narrows a list, such as a project's releases, to the items that contain what is typed.

import { Controller } from "@hotwired/stimulus";

export default class FilterController extends Controller {
  static targets = ["field", "item", "count"];

  fieldTargetConnected(field) {
    field.closest("[hidden]")?.removeAttribute("hidden");
  }

  narrow() {
    const wanted = this.fieldTarget.value.trim().toLowerCase();
    for (const item of this.itemTargets) {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    }
    this.countTarget.textContent = this.itemTargets.filter((item) => !item.hidden).length;
  }
}
