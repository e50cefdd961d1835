"""Sphinx's configuration; `make docs` builds the site."""

from __future__ import annotations

import os
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings as django_settings
from docutils import nodes
from sphinx.search.en import SearchEnglish

import slacalc

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "slacalc"
author = "The slacalc contributors"
copyright = author  # noqa: A001 - Sphinx's name for it
version = release = slacalc.__version__

sys.path.append(str(Path(__file__).parent))
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "due_date"]
exclude_patterns = ["_build", "_jupyter"]
nitpicky = False
default_role = "py:obj"  # so that `add` in a docstring links to the method of that name

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_mock_imports = ["pyspark"]  # half a gigabyte, for two docstrings
# The modules of slacalc.django can be imported only in a project.
django_apps = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"]
django_settings.configure(INSTALLED_APPS=[*django_apps, "slacalc.django"])
django.setup()

# A notebook runs afresh in every build, and one that fails fails the build. Its kernel is the
# Python that builds, whatever kernels this machine knows under the same name.
os.environ["JUPYTER_PATH"] = str(Path(__file__).parent / "_jupyter")
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

html_search_language = "en-zh"
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


class EnglishAndChinese(SearchEnglish):
    """Splits text into words for the search; of Chinese, which has no spaces, into pairs as well.

    A query of two characters is one of the pairs, and the search finds a longer one within a run.
    """

    lang = "en-zh"

    def split(self, input: str) -> list[str]:  # noqa: A002 - the base's name
        """The words of a text."""
        runs = re.findall(r"[\u4e00-\u9fff]{2,}", input)
        return super().split(input) + ["".join(pair) for run in runs for pair in pairwise(run)]


def join_lines(_app: Sphinx, page: str, source: list[str]) -> None:
    """The lines of a Chinese paragraph are joined without the space that English ones need."""
    if "zh" in page.split("/"):
        source[0] = re.sub(r"(?<=[\u3001-\uffef”])\n *(?=[\u4e00-\u9fff“])", "", source[0])


def add_dark_pictures(app: Sphinx, tree: nodes.document) -> None:
    """A picture with a dark one beside its file is shown in light themes, and that in dark ones."""
    folder = Path(app.env.doc2path(app.env.docname)).parent
    for picture in list(tree.findall(nodes.image)):
        file = Path(picture["uri"])
        dark_file = file.with_stem(f"{file.stem}-dark")
        if (folder / dark_file).exists():
            dark = picture.deepcopy()
            dark["uri"] = str(dark_file)
            dark["classes"].append("only-dark")
            picture["classes"].append("only-light")
            picture.parent.insert(picture.parent.index(picture) + 1, dark)


def say_language(
    _app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object
) -> None:
    """A page under `zh` says that it is Chinese, so that it is set and read aloud as such."""
    if "zh" in page.split("/"):
        context["language"] = "zh-CN"


def setup(app: Sphinx) -> None:
    """What this site adds to Sphinx."""
    app.add_search_language(EnglishAndChinese)
    app.connect("source-read", join_lines)
    app.connect("doctree-read", add_dark_pictures, priority=400)  # before pictures are collected
    app.connect("html-page-context", say_language)
