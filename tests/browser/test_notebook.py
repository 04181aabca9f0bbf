"""The link by which a question's page is taken along as a notebook."""

import json
from pathlib import Path

import pytest

from .conftest import Visit
from .serving import Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_page_can_be_downloaded_as_a_notebook(
    scripts: bool, visit: Visit, sub_path_site: Server, tmp_path: Path
) -> None:
    reader = visit(sub_path_site, java_script_enabled=scripts)
    page = reader.open("machine-learning/normal-equation/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Notebook").click()
    assert download.value.suggested_filename == "normal-equation.ipynb"
    file = tmp_path / "page.ipynb"
    download.value.save_as(file)
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    install = cells[1]["source"][0].split()
    wheel = install[-1]
    assert wheel.startswith(sub_path_site.url)
    # What the first cell installs is there.
    assert reader.context.request.get(wheel).status == 200
