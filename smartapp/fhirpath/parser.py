"""From the words of an expression to the steps that evaluate it (FHIRPath 2.0.0, "Grammar").

Whatever can be known without data is refused here: syntax, functions, arguments, variables, types.
"""

from collections.abc import Collection
from decimal import Decimal

from smartapp.fhirpath import steps
from smartapp.fhirpath.catalogue import FUNCTIONS, OF_THE_FORM, constant
from smartapp.fhirpath.element import child
from smartapp.fhirpath.function import Function
from smartapp.fhirpath.kind import is_known
from smartapp.fhirpath.lexer import Token, tokens, unquoted, wrong
from smartapp.fhirpath.logic import LOGIC
from smartapp.fhirpath.moment import Date, DateTime, Time
from smartapp.fhirpath.operator import OPERATORS, Operator
from smartapp.fhirpath.quantity import Quantity, calendar_word
from smartapp.fhirpath.run import Step

DEEPEST = 60
"""Expressions within expressions: brackets, and operators that bind tighter than the one before."""
_LONGEST_NUMBER = 28
_LEVELS = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "~", "!=", "!~"),
    ("<", "<=", ">", ">="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)
_BINDS = {word: level for level, words in enumerate(_LEVELS) for word in words}
_WORDS = {"and", "or", "xor", "implies", "div", "mod", "true", "false"}
"""Words that are no names unless they stand in backquotes."""


class Parser:
    """Reads one expression; ``names`` are the variables that it found."""

    def __init__(self, expression: str, variables: Collection[str]) -> None:
        self._tokens = tokens(expression)
        self._at = 0
        self._depth = 0
        self._variables = OF_THE_FORM | set(variables)
        self.names: set[str] = set()

    def parse(self) -> Step:
        """Return the step that evaluates the whole expression."""
        step = self._expression()
        self._expect("", "the end")
        return step

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _takes(self, sign: str) -> bool:
        found = self._next.kind == "sign" and self._next.text == sign
        self._at += found
        return found

    def _expect(self, text: str, what: str) -> None:
        token = self._take()
        if token.text != text or token.kind not in ("sign", "end"):
            raise wrong(token.column, f"{what} is expected")

    def _expression(self, loosest: int = 0) -> Step:
        self._depth += 1
        if self._depth > DEEPEST:
            raise wrong(self._next.column, f"more than {DEEPEST} expressions within each other")
        first, then = self._signed(), []
        while (level := self._level()) >= loosest:
            then.append(self._operation(level))
        self._depth -= 1
        return steps.fold(first, then)

    def _level(self) -> int:
        """Return how tightly the operator that comes next binds, -1 if none comes."""
        is_word = self._next.kind in ("sign", "name")
        return _BINDS.get(self._next.text, -1) if is_word else -1

    def _operation(self, level: int) -> tuple[Operator, Step]:
        word = self._take().text
        if word in ("is", "as"):
            return steps.type_operator(FUNCTIONS[word], self._type()), steps.literal()
        operator = OPERATORS.get(word) or LOGIC[word]
        return operator, self._expression(level + 1)

    def _signed(self) -> Step:
        signs = 0
        negations = 0
        while self._next.kind == "sign" and self._next.text in ("+", "-"):
            negations += self._take().text == "-"
            signs += 1
        operand = self._path()
        return steps.signed(operand, negations % 2 == 1) if signs else operand

    def _path(self) -> Step:
        first, then = self._term(), []
        while self._next.kind == "sign" and self._next.text in (".", "["):
            if self._takes("["):
                then.append(steps.index(self._expression()))
                self._expect("]", "a closing ]")
            else:
                self._take()
                then.append(self._member(self._take()))
        return steps.chain(first, then)

    def _term(self) -> Step:
        token = self._take()
        read = getattr(self, f"_{token.kind}", None)
        if read is None:
            raise wrong(token.column, "the expression ends too early")
        step: Step = read(token)
        return step

    def _sign(self, token: Token) -> Step:
        if token.text == "(":
            step = self._expression()
            self._expect(")", "a closing )")
            return step
        if token.text == "{":
            self._expect("}", "a closing }")
            return steps.literal()
        raise wrong(token.column, "a value is expected")

    def _special(self, token: Token) -> Step:
        return steps.special(token.text)

    def _text(self, token: Token) -> Step:
        return steps.literal(unquoted(token))

    def _number(self, token: Token) -> Step:
        if len(token.text) > _LONGEST_NUMBER:
            raise wrong(token.column, f"a number has more than {_LONGEST_NUMBER} digits")
        number = Decimal(token.text)
        if self._next.kind == "text":
            return steps.literal(Quantity(number, unquoted(self._take())))
        if self._next.kind == "name" and calendar_word(self._next.text):
            return steps.literal(Quantity(number, self._take().text))
        if "." in token.text:
            return steps.literal(number)
        if number >= 2**31:
            raise wrong(token.column, "an integer is greater than 2147483647")
        return steps.literal(int(number))

    def _moment(self, token: Token) -> Step:
        text = token.text[1:]
        if text.startswith("T"):
            found: Time | DateTime | Date | None = Time.read(text[1:])
        else:
            found = DateTime.read(text) if "T" in text else Date.read(text)
        if found is None:
            raise wrong(token.column, "no such date or time")
        return steps.literal(found)

    def _variable(self, token: Token) -> Step:
        name = unquoted(token, 2) if token.text[1] in "`'" else token.text[1:]
        fixed = constant(name)
        if name not in self._variables and fixed is not None:
            return steps.literal(fixed)
        if name not in self._variables:
            raise wrong(token.column, f"%{name} is not known here")
        self.names.add(name)
        return steps.variable(name)

    def _name(self, token: Token) -> Step:
        if token.text in ("true", "false") and not self._is_call():
            return steps.literal(token.text == "true")
        return self._call(token) if self._is_call() else steps.head(self._identifier(token))

    def _quoted(self, token: Token) -> Step:
        return steps.head(self._identifier(token))

    def _is_call(self) -> bool:
        return self._next.kind == "sign" and self._next.text == "("

    def _member(self, token: Token) -> Step:
        if token.kind == "special":
            return steps.special(token.text)
        if token.kind == "name" and self._is_call():
            return self._call(token)
        return child(self._identifier(token))

    def _identifier(self, token: Token) -> str:
        if token.kind == "quoted":
            return unquoted(token)
        if token.kind != "name" or token.text in _WORDS:
            raise wrong(token.column, "a name is expected")
        return token.text

    def _type(self) -> str:
        token = self._take()
        name = self._identifier(token)
        if name in ("System", "FHIR") and self._takes("."):
            name = f"{name}.{self._identifier(self._take())}"
        if not is_known(name):
            raise wrong(token.column, f"the type {name} is not known")
        return name

    def _call(self, token: Token) -> Step:
        function = FUNCTIONS.get(token.text)
        if function is None:
            raise wrong(token.column, f"the function {token.text}() is not known")
        self._expect("(", "an opening (")
        if function.takes == "type":
            name = self._type()
            self._expect(")", "a closing )")
            return steps.typed(function, name)
        return steps.call(function, self._arguments(token, function))

    def _arguments(self, token: Token, function: Function) -> list[Step]:
        found: list[Step] = []
        while not self._takes(")"):
            if found:
                self._expect(",", "a comma or a closing )")
            found.append(self._expression())
        if not function.least <= len(found) <= function.most:
            raise wrong(token.column, f"{token.text}() has too many or too few arguments")
        return found
