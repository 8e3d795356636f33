"""What `analyze` writes for programs and for issues, with the views that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

if TYPE_CHECKING:
    from otel_multisig.cli._comparing import Compared
    from otel_multisig.report.document import Views
    from otel_multisig.report.results import Results

__all__ = ["text_in"]


def text_in(form: str, results: Results, views: Views, compared: Compared | None = None, *, whole: bool) -> str:
    """What was found, as text that ends in a newline.

    Args:
        form: ``json``, ``markdown``, ``junit`` or ``github``.
        results: what was found.
        views: what was asked for beyond the verdicts.
        compared: the comparison that was asked for.
        whole: whether long lists are shown to their ends.
    """
    if form == "junit":
        from otel_multisig.report.junit import junit

        return junit(results)
    if form == "github":
        from otel_multisig.report.github import github

        return github(results)
    if form == "json":
        return _json(results, views, compared)
    return _markdown(results, views, compared, whole=whole)


def _json(results: Results, views: Views, compared: Compared | None) -> str:
    from otel_multisig.report.document import document_of, encode

    comparison = UNSET if compared is None else msgspec.to_builtins(compared.document())
    document = document_of(results, views=views, comparison=comparison)
    return f"{encode(document)}\n"


def _markdown(results: Results, views: Views, compared: Compared | None, *, whole: bool) -> str:
    from otel_multisig.report.markdown import fenced, markdown

    parts = [markdown(results, whole=whole, brief=views.only)]
    if views.any:
        from otel_multisig.cli._analysis_output import to_text, view_parts

        shown = "".join(to_text(part) for part in view_parts(results, views, whole=whole)).strip("\n")
        parts += [fenced(shown)] if shown else []
    if compared is not None:
        from otel_multisig.report.comparison_markdown import page_in_markdown

        parts += [page_in_markdown(page) for page in compared.pages(whole=whole)]
    return "\n".join(parts)
