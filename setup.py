"""Puts what the lab deploys into its wheel: an installed `lab` has its stacks beside its code.

In a clone the stacks stay where they are, at the root, so that a student finds them; `lab.catalog` looks in both.
"""

from pathlib import Path
from shutil import copytree, ignore_patterns

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
FOLDERS = ("compose", "stacks", "nginx", "experiments", "selftest")
BUILT_IN = Path("lab", "builtin")


class WithStacks(build_py):
    """Copies the folders that the catalogue reads, and images are built from."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / BUILT_IN
        for folder in FOLDERS:
            rubbish = ignore_patterns("__pycache__", ".pytest_cache", "node_modules")
            copytree(ROOT / folder, target / folder, dirs_exist_ok=True, ignore=rubbish)
        self.copy_file(str(ROOT / ".dockerignore"), str(target / ".dockerignore"))


setup(cmdclass={"build_py": WithStacks})
