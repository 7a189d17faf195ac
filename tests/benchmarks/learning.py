"""How well the bot learns from history: clusters of unknown intents, the best answer of each question, and the time it takes.

    python tests/benchmarks/learning.py [--json]        (needs HEADWATER_DATA; 2 minutes)

clusters  ten intents are unknown: their questions of the test split among CLINC150's out-of-scope ones, five draws. The
          threshold was chosen on the training splits; the intents it was chosen on (four draws of each set) are not drawn
          here. ARI and NMI over all questions: what is out of scope is one class, what is in no cluster one cluster. Purity counts a cluster's
          commonest intent, never the noise. HDBSCAN (scikit-learn) beside it on the same vectors.
pairs     conversations made of questions of a public set and replies of agents to their intent: 30 % of the replies are
          another intent's, and those resolve 20 % of the conversations where right ones resolve 80 %; every reply stands
          among greetings, waiting and a question for details. A group is an intent or a cluster; it is right where the best
          answer is its commonest intent's. "at random" is one reply of the group drawn instead. Banking77: Northmere's
          answers, two or three sentences of each; bitext: learning_replies.toml, none of whose intents the bot has.
time      5,000 turns in a CSV, no two questions or answers the same, read and studied: seconds, and texts a second.
"""

import argparse
import csv
import json
import random
import re
import resource
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from headwater.data.catalogue import named_rows
from headwater.serving import load
from support_chatbot.bot import zones_at
from support_chatbot.content import open_folder
from support_chatbot.learning.clusters import LEAST, SMALLEST
from support_chatbot.learning.linkage import clustered
from support_chatbot.learning.pairs import best_answer
from support_chatbot.learning.study import study
from support_chatbot.learning.talk import answer_in, exchanges
from support_chatbot.learning.transcripts import Conversation, Said, read_transcripts

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "models"
NOISE, DRAWS, UNKNOWN, SEED = "oos", 5, 10, 13
WRONG, RIGHT_SOLVES, WRONG_SOLVES = 0.3, 0.8, 0.2
SENTENCE = re.compile(r"[^.!?]+[.!?]")


def rows_of(source: str) -> tuple[list[str], np.ndarray]:
    rows = named_rows(source)[0]
    return [row.text for row in rows], np.array([str(row.targets["label"]) for row in rows])


def chosen_on(labels: Sequence[str], seed: int) -> set[str]:
    """The intents on which the threshold was chosen."""
    draw = np.random.default_rng(seed)
    return {str(label) for _ in range(4) for label in draw.choice(labels, 10, replace=False)}


def scores(found: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    held, inside, right = found >= 0, truth != NOISE, 0
    for cluster in range(found.max() + 1):
        label, count = Counter(truth[found == cluster].tolist()).most_common(1)[0]
        right += 0 if label == NOISE else count
    return {
        "nmi": normalized_mutual_info_score(truth, found),
        "ari": adjusted_rand_score(truth, found),
        "purity": right / max(held.sum(), 1),
        "in_a_cluster": (held & inside).sum() / inside.sum(),
        "noise_in_a_cluster": (held & ~inside).sum() / (~inside).sum(),
        "clusters": int(found.max() + 1),
    }


def clusters(embedder: Any, classifier: Any) -> dict[str, Any]:
    texts, labels = rows_of("clinc150:test")
    seen = chosen_on(sorted(set(labels) - {NOISE}), seed=1)
    noise = np.flatnonzero(labels == NOISE)[::4]  # 250 of 1,000
    vectors = embedder.predict(texts)
    bank_texts, bank = rows_of("banking77:test")
    bank_vectors = embedder.predict(bank_texts)
    zone = zones_at(open_folder(None), classifier)[0].zone
    out: dict[str, Any] = {"least": LEAST, "smallest": SMALLEST, "noise": len(noise), "draws": DRAWS}
    for name, source, values in (("clinc150", labels, vectors), ("banking77", bank, bank_vectors)):
        pool = sorted(set(source) - {NOISE} - (seen if name == "clinc150" else chosen_on(sorted(set(bank)), seed=2)))
        draw, measured = np.random.default_rng(SEED), {"average_linkage": [], "hdbscan": []}
        for _ in range(DRAWS):
            rows = np.flatnonzero(np.isin(source, draw.choice(pool, UNKNOWN, replace=False)))
            both = np.concatenate([values[rows], vectors[noise]])
            truth = np.concatenate([source[rows], labels[noise]])
            measured["average_linkage"].append(scores(clustered(both, LEAST, SMALLEST), truth))
            other = HDBSCAN(min_cluster_size=10, min_samples=3, copy=True).fit_predict(both)
            measured["hdbscan"].append(scores(other, truth))
        out[name] = {method: summary(each) for method, each in measured.items()}
    foreign = [text for text, label in zip(texts, labels, strict=True) if label not in seen][::5]
    zones = Counter(zone(guess.top) for guess in classifier.predict(foreign))
    out["clinc150_zones"] = {name: count / len(foreign) for name, count in sorted(zones.items())}
    return out


def summary(each: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Mean, least and most over the draws."""
    return {
        name: {
            "mean": float(np.mean([one[name] for one in each])), "low": float(min(one[name] for one in each)),
            "high": float(max(one[name] for one in each)),
        }
        for name in each[0]
    }  # fmt: skip


def northmere() -> dict[str, list[str]]:
    """Label -> what agents would say: two or three sentences of the bank's answer, from three places of it."""
    found = {}
    for intent, answer in open_folder().answers.items():
        plain = re.sub(r"\{[a-z_]+\|([^}]*)\}|\{([a-z_]+)\}", r"\1\2", answer.text)
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[*>`#]|^\d+\. ", r"\1", plain, flags=re.MULTILINE)
        said = [" ".join(match[0].split()) for match in SENTENCE.finditer(plain)]
        found[intent] = [words for at in range(3) if (words := answer_in(" ".join(said[at : at + 3])))]
    return found


def conversations(
    texts: Sequence[str], labels: Sequence[str], replies: dict[str, list[str]]
) -> tuple[list[Conversation], dict[str, str]]:
    """Conversations, and the intent that each one's reply was taken from."""
    draw, made, given = random.Random(SEED), [], {}
    for number, (text, label) in enumerate(zip(texts, labels, strict=True)):
        wrong = draw.random() < WRONG
        intent = draw.choice([name for name in sorted(replies) if name != label]) if wrong else label
        solved = draw.random() < (WRONG_SOLVES if wrong else RIGHT_SOLVES)
        said = (
            ("agent", "Hello, you are through to our service. How can I help?"), ("customer", text),
            ("agent", "Thanks for getting in touch. Let me check that for you."),
            ("agent", "Could you confirm your date of birth?"), ("customer", "yes sure"),
            ("agent", f"Thank you. {draw.choice(replies[intent])} Is there anything else?"), ("customer", "ok thanks"),
        )  # fmt: skip
        turns = tuple(
            Said(speaker, words, line, f"agent {number % 9}") for line, (speaker, words) in enumerate(said, 1)
        )
        made.append(Conversation(f"t{number}", turns, "resolved" if solved else "unresolved"))
        given[f"t{number}"] = intent
    return made, given


def pairs(source: str, replies: dict[str, list[str]], classifier: Any, embedder: Any) -> dict[str, Any]:
    texts, labels = rows_of(source)
    known = [row for row, label in enumerate(labels) if label in replies]
    talks, given = conversations([texts[row] for row in known], [str(labels[row]) for row in known], replies)
    truth = {f"t{number}": str(labels[row]) for number, row in enumerate(known)}
    intents = {answer_in(said): label for label, words in replies.items() for said in words}
    began = time.perf_counter()
    found = study(talks, classifier, embedder, zones_at(open_folder(None), classifier)[0].zone)
    seconds = time.perf_counter() - began
    asked = {one.question: one.conversation for talk in talks for one in exchanges(talk)}
    cluster_of = {text: str(at) for at, one in enumerate(found.clusters) for text in one.questions}
    groups: dict[str, list[Any]] = {}
    tops = dict(zip(asked, classifier.predict(list(asked)), strict=True))
    zone = zones_at(open_folder(None), classifier)[0].zone
    for one in (one for talk in talks for one in exchanges(talk)):
        top = tops[one.question].top
        name = top[0][0] if zone(top) == "answer" else cluster_of.get(one.question)
        if name is not None:
            groups.setdefault(name, []).append(one)
    right = random_right = questions = questions_right = 0
    draw = random.Random(SEED)
    for _, group in sorted(groups.items()):
        best = best_answer(group, embedder.predict([one.answer for one in group]))
        assert best is not None
        commonest = Counter(truth[one.conversation] for one in group).most_common(1)[0][0]
        right += intents[best.text] == commonest
        random_right += given[draw.choice(group).conversation] == commonest
        questions += len(group)
        questions_right += sum(truth[one.conversation] == intents[best.text] for one in group)
    proposed = found.examples
    return {
        "conversations": len(talks), "turns": sum(len(talk.turns) for talk in talks), "groups": len(groups),
        "groups_right": right / len(groups), "groups_right_at_random": random_right / len(groups),
        "questions_in_groups": questions / len(talks), "questions_right": questions_right / questions,
        "examples": len(proposed),
        "examples_right": sum(truth[one.where.split()[0]] == one.intent for one in proposed) / max(len(proposed), 1),
        "seconds": seconds,
    }  # fmt: skip


def timed(classifier: Any, embedder: Any) -> dict[str, float]:
    """Read and study 1,250 conversations of four turns."""
    texts = list(dict.fromkeys(rows_of("banking77:train")[0]))[:1250]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "talks.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(["conversation", "turn", "speaker", "text", "resolution"])
            for number, text in enumerate(texts):
                other = texts[-1 - number].rstrip("?!. ")
                said = (text, "Let me check that.", f"About {other} see page {number} of our guide.", "ok thanks")
                for at, words in enumerate(said):
                    rows.writerow([number, at, "agent" if at in (1, 2) else "customer", words, "resolved"])
        began = time.perf_counter()
        read = read_transcripts(file)
        after = time.perf_counter()
        found = study(read.conversations, classifier, embedder, zones_at(open_folder(None), classifier)[0].zone)
        seconds = time.perf_counter() - after
    embedded = found.counts["exchanges"] + found.counts["uncovered"]
    return {
        "turns": read.rows, "classified": found.counts["questions"], "embedded": embedded, "reading": after - began,
        "studying": seconds, "texts_a_second": (found.counts["questions"] + embedded) / seconds,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    classifier, embedder = load(MODELS / "support-intent" / "bundle"), load(MODELS / "sentences" / "bundle")
    replies = tomllib.loads((HERE / "learning_replies.toml").read_text(encoding="utf-8"))
    content = {
        "clusters": clusters(embedder, classifier),
        "pairs": {
            "banking77": pairs("banking77:test", northmere(), classifier, embedder),
            "bitext_support": pairs("bitext_support:test", replies, classifier, embedder),
        },
        "time": timed(classifier, embedder),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    text = json.dumps(content, indent=2) if given.json else "\n".join(f"{k}: {v}" for k, v in content.items())
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
