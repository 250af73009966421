"""The documentation site: ``make docs`` builds it into ``site/``; every warning is an error."""

from __future__ import annotations

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

from otel_kit.version import __version__

lexers["log"] = TextLexer()  # what a command prints; tests compare these blocks with what it does print

project = "otel-kit"
author = "The otel-kit authors"
copyright = "the otel-kit authors, Apache-2.0"
release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["__pycache__"]
myst_heading_anchors = 3

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_title = f"otel-kit {release}"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}
