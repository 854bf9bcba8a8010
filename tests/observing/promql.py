"""Reads as much of PromQL as it takes to see what an expression asks for."""

import re
from dataclasses import dataclass

FUNCTIONS = {"rate", "increase", "sum", "max", "min", "histogram_quantile"}
WORDS = {"by", "and", "or", "unless", "on", "ignoring"}
TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<name>[a-zA-Z_:][\w:]*)|(?P<number>\d[\d.]*(?:e[+-]?\d+)?[smhd]?)"""
    r"""|(?P<variable>\$__?\w+)|(?P<sign>=~|!~|!=|==|>=|<=|[-+*/(){}\[\],=<>]))"""
)
CLOSES = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Asked:
    """A metric as an expression asks for it. `matchers`: (label, sign, value)."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Expression:
    """What was read. `grouped`: labels to sum or match by."""

    asked: tuple[Asked, ...]
    grouped: frozenset[str]


def read(words: str) -> Expression:
    """Raises ValueError for what cannot be PromQL, or uses more of it than is known here."""
    tokens = _tokens(words)
    asked, grouped, at = [], set[str](), 0
    while at < len(tokens):
        kind, token = tokens[at]
        if kind == "name" and token in ("by", "on", "ignoring"):
            labels, at = _labels(tokens, at + 1)
            grouped |= labels
        elif kind == "name" and token not in FUNCTIONS | WORDS:
            found, at = _selector(tokens, at)
            asked.append(found)
        else:
            at += 1
    if not asked:
        raise ValueError(f"{words}: asks for nothing")
    return Expression(tuple(asked), frozenset(grouped))


def _tokens(words: str) -> list[tuple[str, str]]:
    found, at, opened = [], 0, list[str]()
    while at < len(words.rstrip()):
        match = TOKEN.match(words, at)
        if match is None:
            raise ValueError(f"{words}: what is {words[at : at + 10]!r}?")
        kind, token, at = str(match.lastgroup), match[str(match.lastgroup)], match.end()
        if token in CLOSES.values():
            opened.append(token)
        elif token in CLOSES and (not opened or opened.pop() != CLOSES[token]):
            raise ValueError(f"{words}: {token} closes nothing")
        found.append((kind, token))
    if opened:
        raise ValueError(f"{words}: {opened[-1]} is not closed")
    return found


def _labels(tokens: list[tuple[str, str]], at: int) -> tuple[set[str], int]:
    end = tokens.index(("sign", ")"), at)
    return {token for kind, token in tokens[at:end] if kind == "name"}, end + 1


def _selector(tokens: list[tuple[str, str]], at: int) -> tuple[Asked, int]:
    metric = tokens[at][1]
    if tokens[at + 1 : at + 2] != [("sign", "{")]:
        return Asked(metric), at + 1
    end = tokens.index(("sign", "}"), at)
    inside = [token for _, token in tokens[at + 2 : end] if token != ","]
    if len(inside) % 3:
        raise ValueError(f"{metric}: a matcher is not whole")
    matchers = tuple((inside[n], inside[n + 1], inside[n + 2].strip('"')) for n in range(0, len(inside), 3))
    return Asked(metric, matchers), end + 1
