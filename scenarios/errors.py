"""Every error the scenarios can raise; ``retryable`` says whether to try again.

ScenarioError
├── LibraryError        a file of the library is no scenario, or contradicts itself
├── UnknownScenarioError  nobody has written a scenario of that name
├── RuleFileError       a scenario by expression cannot be read
├── ExpressionError     its condition cannot be meant
├── SettingsError       a site has set what a scenario does not have or allow
└── CaseError           a case cannot be played

Arguments go to ``Exception`` untouched: every error can be pickled.
"""

from difflib import get_close_matches


class ScenarioError(Exception):
    """What the scenarios could not do."""

    retryable = False
    exit_code = 1


class LibraryError(ScenarioError):
    """A file of the library is no scenario; its author must mend it before anything starts."""

    def __init__(self, file: str, wrong: str) -> None:
        super().__init__(file, wrong)
        self.file = file
        self.problem = wrong

    def __str__(self) -> str:
        """Name the file and what is wrong with it."""
        return f"scenarios/library/{self.file}.py: {self.problem}"


class UnknownScenarioError(ScenarioError):
    """Nobody has written a scenario of that name: mend the key."""

    exit_code = 2

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        super().__init__(key, known)
        self.key = key
        self.known = known

    def __str__(self) -> str:
        """Name the key, and what may have been meant."""
        return f"there is no scenario {self.key!r}{suggest(self.key, self.known)}"


class RuleFileError(ScenarioError):
    """A scenario by expression cannot be read; all mistakes are listed.

    Args:
        mistakes: Each with its place in the file, and the mend.
    """

    exit_code = 2

    def __init__(self, file: str, mistakes: tuple[str, ...]) -> None:
        super().__init__(file, mistakes)
        self.file = file
        self.mistakes = mistakes

    def __str__(self) -> str:
        """One line a mistake."""
        return "\n".join(f"{self.file}: {mistake}" for mistake in self.mistakes)


class ExpressionError(ScenarioError):
    """A condition cannot be parsed, names what is not there, or gives no yes or no."""

    exit_code = 2

    def __init__(self, text: str, wrong: str) -> None:
        super().__init__(text, wrong)
        self.text = text
        self.problem = wrong

    def __str__(self) -> str:
        """Quote the condition, and what is wrong with it."""
        return f"{self.text!r}: {self.problem}"


class SettingsError(ScenarioError):
    """A site has set what a scenario does not have or allow; all mistakes are listed.

    Args:
        scenario: Its key.
        mistakes: ``(setting, what is wrong and what is allowed)`` each.
    """

    exit_code = 2

    def __init__(self, scenario: str, mistakes: tuple[tuple[str, str], ...]) -> None:
        super().__init__(scenario, mistakes)
        self.scenario = scenario
        self.mistakes = mistakes

    def __str__(self) -> str:
        """One line a mistake."""
        return "\n".join(f"{self.scenario}.{name}: {wrong}" for name, wrong in self.mistakes)


class CaseError(ScenarioError):
    """A case cannot be played: it leaves the stage, or has no end."""


def suggest(word: str, known: tuple[str, ...], *, otherwise: str = "") -> str:
    """Point at the nearest known word; say ``otherwise``, or list them all, if none is near."""
    near = get_close_matches(word, known, n=1)
    if near:
        return f": did you mean {near[0]}?"
    return otherwise or f"; known: {', '.join(sorted(known))}"
