"""Sphinx's settings: Markdown by MyST, everything here, nothing from elsewhere."""

project = "Warehouse"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Warehouse and its build graph"
html_show_copyright = False
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
