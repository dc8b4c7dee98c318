"""The one base of every error that a person can cause, and mend, by what they hand in."""


class InputError(Exception):
    """Bad input, told in one sentence that says what is wrong and where; command lines print it as it is."""
