"""Errors of the scenarios. ``retryable`` says whether the same call can succeed later.

ScenarioError
├── LibraryError          a file of the library does not define a valid scenario
├── UnknownScenarioError  there is no scenario of that key
├── RuleFileError         a rule file cannot be read
├── ExpressionError       a condition cannot be parsed or evaluated
├── SettingsError         a site sets something unknown or not allowed
└── CaseError             a case cannot be played

Arguments go to ``Exception`` unchanged, so every error can be pickled.
"""

from difflib import get_close_matches


class ScenarioError(Exception):
    """Base class of all errors of the scenarios."""

    retryable = False
    exit_code = 1


class LibraryError(ScenarioError):
    """A file of the library does not define a valid scenario; nothing starts until it does."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(file, problem)
        self.file = file
        self.problem = problem

    def __str__(self) -> str:
        """Name the file and the problem."""
        return f"scenarios/library/{self.file}.py: {self.problem}"


class UnknownScenarioError(ScenarioError):
    """There is no scenario of that key."""

    exit_code = 2

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        super().__init__(key, known)
        self.key = key
        self.known = known

    def __str__(self) -> str:
        """Name the key, and suggest the nearest one."""
        return f"there is no scenario {self.key!r}{suggest(self.key, self.known)}"


class RuleFileError(ScenarioError):
    """A rule file cannot be read.

    Args:
        mistakes: All of them, each with its place in the file and how to fix it.
    """

    exit_code = 2

    def __init__(self, file: str, mistakes: tuple[str, ...]) -> None:
        super().__init__(file, mistakes)
        self.file = file
        self.mistakes = mistakes

    def __str__(self) -> str:
        """List the mistakes, one per line."""
        return "\n".join(f"{self.file}: {mistake}" for mistake in self.mistakes)


class ExpressionError(ScenarioError):
    """A condition cannot be parsed, uses an unknown name, or is not true or false."""

    exit_code = 2

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(text, problem)
        self.text = text
        self.problem = problem

    def __str__(self) -> str:
        """Quote the condition, and name the problem."""
        return f"{self.text!r}: {self.problem}"


class SettingsError(ScenarioError):
    """A site sets something that a scenario does not have or allow.

    Args:
        scenario: Key of the scenario.
        mistakes: All of them, each as ``(setting, what is wrong and what is allowed)``.
    """

    exit_code = 2

    def __init__(self, scenario: str, mistakes: tuple[tuple[str, str], ...]) -> None:
        super().__init__(scenario, mistakes)
        self.scenario = scenario
        self.mistakes = mistakes

    def __str__(self) -> str:
        """List the mistakes, one per line."""
        return "\n".join(f"{self.scenario}.{name}: {problem}" for name, problem in self.mistakes)


class CaseError(ScenarioError):
    """A case cannot be played: an actor or a zone is off the stage."""


def suggest(word: str, known: tuple[str, ...], *, otherwise: str = "") -> str:
    """Return a hint at the nearest known word; if none is near, ``otherwise`` or all of them."""
    near = get_close_matches(word, known, n=1)
    if near:
        return f": did you mean {near[0]}?"
    return otherwise or f"; known: {', '.join(sorted(known))}"
