"""A question to answer before reading on."""

from collections.abc import Mapping

import traitlets

from lossutils.widgets.base import StandaloneFigure, front_end


class Question(StandaloneFigure):
    """Ask the reader to pick an answer, and reply to it only then.

    Parameters
    ----------
    prompt : str
        The question, as plain text; the words p and q get their colours.
    choices : mapping of str to str
        Each choice with the reply to it; for a wrong one, why it is tempting and why it is wrong.
    answer : str
        The right choice.

    Raises
    ------
    ValueError
        If there are fewer than two choices, or `answer` is not one of them.
    """

    _esm, _css, _explorer = front_end(__name__).values()
    prompt = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    replies = traitlets.List(traitlets.Unicode()).tag(sync=True)
    answer = traitlets.Int().tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)  # the choice submitted; -1 before that

    def __init__(self, prompt: str, choices: Mapping[str, str], answer: str) -> None:
        texts = list(choices)
        if len(texts) < 2:
            raise ValueError(f"choices must hold at least two, not {texts!r}")
        if answer not in choices:
            raise ValueError(f"answer must be one of the choices {texts!r}, not {answer!r}")
        super().__init__(
            prompt=prompt,
            choices=texts,
            replies=list(choices.values()),
            answer=texts.index(answer),
        )

    def __repr__(self) -> str:
        return f"Question: {self.prompt} " + " / ".join(self.choices)
