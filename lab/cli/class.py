"""`lab class`: what a teacher asks of a class's files."""

from pathlib import Path
from typing import Annotated

import typer

from lab.cli import output
from lab.cli.options import Json

app = typer.Typer(
    help="For teachers: marks, predictions beside what was measured, slides and a handout.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder with the workspaces of a class.")]


@app.command()
def grade(folder: Folder) -> None:
    """Print one line of CSV for each learner and lesson that was begun."""
    from lab.lessons import grades

    learners = grades.read(folder, say=output.say)
    print(grades.as_csv(learners), end="")


@app.command()
def predictions(folder: Folder, *, json: Json = False) -> None:
    """Show what a class predicted, as a histogram, beside what their machines showed."""
    from lab.catalog import project_root
    from lab.lessons import grades

    questions = grades.questions(grades.read(folder, say=output.say), project_root())
    if json:
        output.print_json([question.as_data() for question in questions])
    else:
        print("\n".join(line for question in questions for line in grades.histogram(question)))


@app.command()
def pages(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write slides.html and handout.html.")],
) -> None:
    """Make slides and a handout of the lessons: two HTML files that need nothing else."""
    from lab.catalog import project_root
    from lab.lessons import pages as made

    for path in made.write(project_root(), folder):
        print(path)
