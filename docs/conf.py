"""Sphinx's configuration; `make docs` builds the site."""

import slacalc

project = "slacalc"
author = "The slacalc contributors"
copyright = author  # noqa: A001 - Sphinx's name for it
version = release = slacalc.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = False
default_role = "py:obj"  # so that `add` in a docstring links to the method of that name

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_mock_imports = ["pyspark"]  # half a gigabyte, for two docstrings
# A notebook runs afresh in every build, and one that fails fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
add_module_names = False
maximum_signature_line_length = 72

html_theme = "furo"
html_title = f"slacalc {version}"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["slacalc.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
