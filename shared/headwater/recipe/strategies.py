"""The keys of three strategies that have tables of their own: augmentation, pre-training, distillation."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

__all__ = ["AugmentRecipe", "DistilRecipe", "PretrainingRecipe"]

STRICT: Any = {"extra": "forbid"}
Part = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class AugmentRecipe:
    """[training.augment]: changed copies of training rows under the same labels. Helps where rows are few, or where what
    is typed in service is less tidy than what was labelled; 0.05 to 0.3 for most shares. A copy that came out as its row
    is left out.
    """

    __pydantic_config__ = STRICT
    typos: Part = 0.0  # share of words with one slip of the keyboard: for texts that people type in a hurry
    case: Part = (
        0.0  # share of copies in lower, UPPER or Title Case: for headlines; nothing to an uncased encoder alone
    )
    numbers: Part = 0.0  # share of numbers with other digits: sums and dates are not learnt by heart
    entities: Part = 0.0  # share of spans that become another of their label: for taggers that meet new names
    paraphrases: Text | None = (
        None  # a file beside the recipe with columns text and paraphrase: other words, same labels
    )
    copies: Positive = 1  # of each row, beside it: 2 to 4 for a few hundred rows; training takes so many times longer


@dataclass(frozen=True)
class DistilRecipe:
    """[training.distil]: a small model learns from a larger one's probabilities. Helps most where texts without labels
    are plenty, and where the teacher is clearly better than what the labels alone give.
    """

    __pydantic_config__ = STRICT
    teacher: Text  # a folder: a bundle, a run of headwater train, or a checkpoint that headwater export reads
    weight: Part = 0.5  # of the teacher in the loss; 1: its word alone, for labels that are noisier than it is
    temperature: Annotated[float, Field(gt=0, le=100)] = (
        2.0  # higher: what it holds likely beside its answer counts more
    )
    texts: list[Text] = field(default_factory=list)  # sources whose labels are not read: there it alone is followed


@dataclass(frozen=True)
class PretrainingRecipe:
    """[pretraining]: the encoder first reads texts of the domain and fills in masked tokens, before it is fine-tuned.
    Helps where the domain's words are rare in what it was trained on, with 10,000 texts and more.
    """

    __pydantic_config__ = STRICT
    texts: Annotated[list[Text], Field(min_length=1)]  # sources whose labels are not read; .txt is one text a line
    epochs: Positive = 1  # 2 to 5 for a few thousand texts
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 5e-5  # higher forgets more of what it knew
    mask: Annotated[float, Field(gt=0, lt=1)] = 0.15  # share of tokens to fill in, drawn anew each time
    batch_size: Positive = 32
