"""Packages that a reader's own code imports: loaded then, and only then; and Matplotlib's figures."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .reader import CellOnPage, Reader
from .serving import Server

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
WHEELS = re.compile(r"/(matplotlib|scipy|pillow|fonttools|pytz|six)-[^/]*\.whl$")
# What the browser and Pyodide themselves say of a file that does not come.
NOISE = ["^console "]
# Firefox counts a broken stream in a Response as uncaught, although what reads it catches it.
BROKEN = "^uncaught: .*did not load: only a part of it arrived"

PLOT = """import matplotlib.pyplot as plt
import numpy as np
x = np.linspace(0, 6, 50)
plt.plot(x, np.sin(x), label="sine")
plt.title("A wave")
plt.xlabel("time")
plt.legend()
plt.show()
print("shown")
"""


@pytest.fixture(scope="module")
def plotter(warm: Reader) -> Reader:
    """A reader whose first cell has imported Matplotlib already."""
    cell = warm.cells()[0]
    cell.write(PLOT)
    assert cell.run() == "done", cell.text()
    return warm


def cell_with(reader: Reader, code: str) -> CellOnPage:
    cell = reader.cells()[0]
    cell.write(code)
    return cell


def wheels(server: Server) -> list[str]:
    return [path for path in server.requests if WHEELS.search(path)]


def pictures(cell: CellOnPage) -> list[tuple[str, int]]:
    """The alternative text and width of each image, once it is there."""
    images = cell.output.locator("img.dl-picture")
    for image in images.all():
        expect(image).to_be_visible()
        image.evaluate("image => image.decode()")
    found: list[list[object]] = images.evaluate_all("all => all.map(i => [i.alt, i.naturalWidth])")
    return [(str(alt), int(str(width))) for alt, width in found]


def test_matplotlib_comes_when_it_is_imported_and_shows_its_figure(
    visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    reader.open(QUESTION)
    cell = reader.cells()[0]
    root_site.requests.clear()
    assert cell.run() == "done"
    cell.write("print('matplotlib and scipy are not imported here')\n")
    assert cell.run() == "done"
    assert wheels(root_site) == []

    cell.write(PLOT)
    with root_site.fault("matplotlib-", "slow"):
        cell.button.click()
        cell.expect_state("loading")
        expect(cell.status).to_have_text(re.compile(r"^Loading matplotlib · \d+\.\d of 10\.3 MB$"))
        expect(cell.button).to_have_text("Stop")
        cell.expect_state("running", "done")
        cell.expect_state("done")
    expect(cell.output).to_have_text("shown\n")
    [(alt, width)] = pictures(cell)
    assert alt == "Figure: A wave; time"
    assert width > 300
    assert (
        cell.output.locator("img")
        .get_attribute("src", timeout=1000)
        .startswith(  # type: ignore[union-attr]
            "data:image/svg+xml"
        )
    )
    assert cell.output.locator("svg").count() == 0
    loaded = wheels(root_site)
    assert len(loaded) == len(set(loaded))
    assert not any("scipy" in path for path in loaded)
    # The second run has it.
    root_site.requests.clear()
    assert cell.run() == "done"
    assert wheels(root_site) == []
    reader.page.set_viewport_size({"width": 390, "height": 844})
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert reader.workers == 1


@pytest.mark.parametrize(
    ("code", "alts"),
    [
        ("plt.plot([1, 2]);\nplt.title('open')\n", ["Figure: open"]),
        ("plt.plot([1, 2]);\nplt.close()\n", []),
        ("f, a = plt.subplots()\nf.suptitle('a')\ndisplay(f)\nprint(1)\n", ["Figure: a"]),
        ("f, a = plt.subplots()\na.set_xlabel('x')\nf\n", ["Figure: x"]),
        ("plt.figure()\nplt.title('a')\nplt.figure()\nplt.title('b');\n", ["Figure: a", "Figure: b"]),
        ("plt.plot([1, 2])\n1 / 0\n", []),
        ("plt.scatter(*np.random.default_rng(0).normal(size=(2, 20000)))\nplt.title('m');\n", ["Figure: m"]),
        ("plt.imshow(np.eye(9))\nplt.title('<script>alert(1)</script>');\n",
         ["Figure: <script>alert(1)</script>"]),
    ],
)  # fmt: skip
def test_figures_are_shown_as_in_a_notebook(plotter: Reader, code: str, alts: list[str]) -> None:
    cell = cell_with(plotter, f"import numpy as np\nimport matplotlib.pyplot as plt\n{code}")
    assert cell.run() == ("failed" if "/ 0" in code else "done"), cell.text()
    shown = pictures(cell)
    assert [alt for alt, _ in shown] == alts
    assert all(width > 200 for _, width in shown)
    assert cell.output.locator("pre.dl-out-stderr").count() == 0


def test_scipy_works(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.open(QUESTION)
    cell = cell_with(
        reader,
        "from scipy import optimize, stats\nprint(round(stats.norm.cdf(1.96), 4))\n"
        "print(round(optimize.brentq(lambda x: x**2 - 4, 0, 9), 6))\n",
    )
    # The runtime itself is on its way too, and its time counts.
    assert cell.run() == "done", cell.text()
    expect(cell.output).to_have_text("0.975\n2.0\n")


def test_a_syntax_error_and_an_unknown_package_load_nothing(lab: Reader) -> None:
    lab.server.requests.clear()
    cell = cell_with(lab, "import scipy\nif True print(1)\n")
    assert cell.run() == "failed"
    expect(cell.output).to_contain_text("SyntaxError")
    cell.write("import pandas  # not scipy\n")
    assert cell.run() == "failed"
    expect(cell.output).to_contain_text("matplotlib and scipy")
    assert wheels(lab.server) == []


def test_a_wheel_that_does_not_come_is_named_and_the_rest_goes_on(
    visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    reader.watch.allowed += [*NOISE, BROKEN]
    reader.open(QUESTION)
    first, second = reader.cells()[:2]
    assert first.run() == "done"
    first.write(PLOT)
    retry = first.output.get_by_role("button", name="Retry")
    for number, fault in enumerate([404, 500, "half", "cut", "altered"]):
        with root_site.fault("kiwisolver-", fault):  # type: ignore[arg-type]
            (retry if number else first.button).click()
            first.expect_state("failed")
            expect(first.output.get_by_role("alert")).to_contain_text("kiwisolver-")
            expect(first.output.get_by_role("alert")).to_have_count(1)
    # Python itself is as it was: other cells run, on the same worker.
    assert second.run() == "done", second.text()
    retry.click()
    first.expect_state("done")
    assert len(pictures(first)) == 1
    expect(retry).to_have_count(0)
    assert reader.workers == 1


def test_stop_and_a_server_that_falls_silent_while_a_package_loads(
    visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    reader.watch.allowed += [*NOISE, BROKEN]
    page = reader.page
    page.clock.install()
    reader.open(QUESTION)
    cell = reader.cells()[0]
    assert cell.run() == "done"
    cell.write("import scipy\nprint(scipy.__version__)\n")
    with root_site.fault("scipy-", "silent"):
        cell.button.click()
        expect(cell.status).to_contain_text("Loading scipy")
        cell.button.click()
        cell.expect_state("stopped")
        cell.button.click()
        expect(cell.status).to_contain_text("Loading scipy", timeout=60_000)
        page.wait_for_timeout(500)
        page.clock.fast_forward(31_000)
        cell.expect_state("failed")
        expect(cell.output.get_by_role("alert")).to_contain_text("Nothing of scipy-1")
    cell.output.get_by_role("button", name="Retry").click()
    cell.expect_state("done")
    expect(cell.output).to_have_text("1.18.0\n")
