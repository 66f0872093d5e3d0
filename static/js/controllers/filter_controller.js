// Narrows a list, such as a project's releases, to the items that contain what is typed, and says how many those are.

import { Controller } from "@hotwired/stimulus";

import { ngettext } from "../messages";

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
    const count = this.itemTargets.filter((item) => !item.hidden).length;
    this.countTarget.textContent = ngettext("%(count)s release", "%(count)s releases", count);
  }
}
