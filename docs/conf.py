"""Sphinx's settings: Markdown by MyST, everything here, nothing from elsewhere."""

project = "Warehouse"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Warehouse and its build graph"
html_show_copyright = False  # the licence is in the repository; an empty line says nothing
pygments_style, pygments_dark_style = "friendly", "github-dark"  # Furo follows the system, and has a switch
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
