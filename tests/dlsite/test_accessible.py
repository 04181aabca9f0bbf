"""What is mended in pages; that axe finds nothing more is tested in the browser."""

import pytest

from dlsite.accessible import accessible

NAV = (
    '<nav class="md-nav" aria-labelledby="__nav_9_5_label" aria-expanded="true">\n'
    '<label class="md-nav__title" for="__nav_9_5">\n<span class="md-nav__icon md-icon"></span>\n'
    "  Library reference\n</label>"
)

GAMMA = (
    '<span data-search-exclude class="katex"><span class="katex-mathml"><math xmlns="m"><semantics><mrow><mi>γ</mi>'
    '</mrow><annotation encoding="application/x-tex">\\gamma</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true">γ</span></span>'
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<tr><th></th><th>a</th></tr>", "<tr><td></td><th>a</th></tr>"),
        ('<th style="text-align: right;">\n</th>', '<td style="text-align: right;"></td>'),
        ('<div data-md-component="search" role="dialog">', 'role="dialog" aria-label="Search">'),
        ('<div data-md-component="progress" role="progressbar">', 'progress" aria-hidden="true">'),
        (NAV, '<nav class="md-nav" aria-label="Library reference" aria-expanded="true">'),
        (f"<th>{GAMMA}</th>", f"<th>{GAMMA}</th>"),
        (f'<a href="#x">{GAMMA}</a>', f'<a href="#x" aria-label="γ">{GAMMA}</a>'),
        (f'<a href="#x">as {GAMMA}</a>', f'<a href="#x">as {GAMMA}</a>'),
        ("<th>a</th><thead></thead>", "<th>a</th><thead></thead>"),
    ],
)
def test_it_is_mended(written: str, meant: str) -> None:
    assert meant in accessible(written)
