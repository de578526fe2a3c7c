"""The questions of `rasa interactive`: is this what was meant, is this what to do, and if not, what is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from turnwise.cli.console import print_info, print_warning
from turnwise.cli.explanation import features
from turnwise.cli.questions import NO, YES
from turnwise.dialogue.domain import ACTION_LISTEN, DEFAULT_ACTIONS
from turnwise.evaluation.lesson import Lesson
from turnwise.evaluation.story_export import annotated_text
from turnwise.policies.policy import Prediction
from turnwise.project.entity_annotations import BadAnnotation, parse_annotated

T = TypeVar("T")
STOP = "/stop"
"""What opens the menu, as Ctrl-C does."""
_REASONS = 3
"""How many reasons for an action are shown."""
SHOWN = 12
"""How many intents or actions are listed; any other can be typed."""
CONTINUE, UNDO, FORK, FRESH, EXPORT = "Continue", "Undo last", "Fork", "Start fresh", "Export and quit"


class RunNow(Protocol):
    """Does a step of the lesson to its end."""

    def __call__(self, step: Coroutine[Any, Any, T]) -> T: ...


class Nobody(Exception):
    """The input has ended, so nobody can answer."""


class Menu(Exception):
    """The teacher wants to do something else."""


def ask(question: str) -> str:
    """The line that is answered, without spaces around it.

    Raises:
        Nobody: the input has ended.
        Menu: Ctrl-C was pressed, or /stop typed.
    """
    try:
        answer = input(f"{question} ").strip()
    except EOFError:
        raise Nobody from None
    except KeyboardInterrupt:
        print()
        raise Menu from None
    if not sys.stdin.isatty():
        print(answer)  # what a terminal would have shown
    if answer == STOP:
        raise Menu
    return answer


def confirm(question: str) -> bool:
    """Whether the teacher agrees; an empty line agrees."""
    while True:
        answer = ask(f"{question} [yes]").lower()
        if not answer or answer in YES:
            return True
        if answer in NO:
            return False
        print("Please answer yes or no.")


def choose(question: str, options: Sequence[tuple[str, str]]) -> str:
    """The value of one of the (value, label) pairs, or any other name that was typed."""
    for number, (_, label) in enumerate(options, start=1):
        print(f"  {number}: {label}")
    while True:
        answer = ask(question)
        if answer.isdecimal() and 1 <= int(answer) <= len(options):
            return options[int(answer) - 1][0]
        if answer and not answer.isdecimal():
            return answer
        print(f"Please type a number from 1 to {len(options)}, or a name.")


class Teacher:
    """Leads through a lesson, asking after each step."""

    def __init__(self, lesson: Lesson, run_now: RunNow) -> None:
        self.lesson = lesson
        self.run_now = run_now

    def lead(self) -> bool:
        """Holds the lesson; whether the teacher wants to export it.

        Raises:
            Nobody: the input ended before.
        """
        print_info(f"Talk with your assistant. {STOP} or Ctrl-C opens the menu.")
        while True:
            try:
                if self.lesson.awaits_user:
                    self._listen()
                else:
                    self._let_act()
            except Menu:
                if self._menu():
                    return True

    # -- the user's turn -----------------------------------------------------------------------------

    def _listen(self) -> None:
        text = ask("Your input ->")
        if not text:
            return
        parse = self.lesson.assistant.understand(text)
        if not text.startswith("/"):
            parse = self._checked(text, parse)
        self.run_now(self.lesson.hear(text, parse))

    def _checked(self, text: str, parse: dict[str, Any]) -> dict[str, Any]:
        """The parse as the teacher wants it."""
        intent = parse["intent"]
        shown = annotated_text(text, parse["entities"])
        print(f"  understood: {intent['name']} ({intent['confidence']:.2f})  {shown}")
        if confirm("Is that right?"):
            return parse
        name = self._right_intent(parse)
        return {
            **parse,
            "intent": {"name": name, "confidence": 1.0},
            "entities": self._right_entities(text, parse["entities"]),
        }

    def _right_intent(self, parse: Mapping[str, Any]) -> str:
        ranking = parse.get("intent_ranking") or ()
        ranked = [(entry["name"], f"{entry['name']} ({entry['confidence']:.2f})") for entry in ranking]
        others = [(name, name) for name in self.lesson.domain.intents if name not in dict(ranked)]
        options = (ranked + others)[:SHOWN] if ranked else others[:SHOWN]
        while True:
            name = choose("What was meant? A number, or the name of an intent:", options)
            if name in self.lesson.domain.intents:
                return name
            if confirm(f"There is no intent '{name}' yet. Shall it be added?"):
                self.lesson.add_intent(name)
                return name

    def _right_entities(self, text: str, entities: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The entities, annotated in the text by the teacher."""
        shown = annotated_text(text, entities)
        while True:
            answer = (
                ask(f"Entities: type the message with [words](entity), or enter for: {shown}\n ->") or shown
            )
            try:
                plain, spans = parse_annotated(answer)
            except BadAnnotation as error:
                print(error)
                continue
            if plain == text:
                break
            print(f"Without annotations the message must still be: {text}")
        self.lesson.add_entities([span.entity for span in spans])
        found = []
        for span in spans:
            labels = {"role": span.role, "group": span.group}
            entity = {"entity": span.entity, "start": span.start, "end": span.end, "value": span.value}
            found.append(entity | {key: label for key, label in labels.items() if label})
        return found

    # -- the assistant's turn ------------------------------------------------------------------------

    def _let_act(self) -> None:
        prediction = self.run_now(self.lesson.predict())
        action = prediction.best(self.lesson.domain)
        confidence = prediction.scores.get(action, 0.0)
        print(f"  the assistant wants to run: {action} ({confidence:.2f}, {prediction.policy})")
        for line in features(self.lesson.why(prediction)[:_REASONS]):
            print(line)
        if not confirm("Is that right?"):
            action = self._right_action(prediction)
        checks = True
        if action == self.lesson.tracker.active_loop and self.lesson.was_refused:
            slot = self.lesson.requested_slot
            checks = confirm(f"Shall {action} take the last message for an answer to '{slot}'?")
        self.run_now(self.lesson.act(action, prediction, checks_answer=checks))

    def _right_action(self, prediction: Prediction) -> str:
        domain = self.lesson.domain
        scores = {name: prediction.scores.get(name, 0.0) for name in domain.action_names if name != "..."}
        ranked = sorted(scores, key=lambda name: (-scores[name], name in DEFAULT_ACTIONS))
        # Listening is what most turns end with.
        listed = list(dict.fromkeys([*ranked[: SHOWN - 1], ACTION_LISTEN]))
        options = [(name, f"{name} ({scores[name]:.2f})") for name in listed]
        while True:
            name = choose("What should it run? A number, or the name of an action:", options)
            if name in domain.action_indices:
                return name
            if confirm(f"There is no action '{name}' yet. Shall it be added?"):
                text = ask("What does it say?") if name.startswith("utter_") else None
                self.lesson.add_action(name, text)
                return name

    # -- the menu ------------------------------------------------------------------------------------

    def _menu(self) -> bool:
        """Does what the teacher chooses; whether the lesson is over."""
        entries = [CONTINUE, UNDO, FORK, FRESH, EXPORT]
        try:
            chosen = choose("What now?", [(entry, entry) for entry in entries])
        except Menu:
            return False
        doing: dict[str, Callable[[], None]] = {UNDO: self._undo, FORK: self._fork, FRESH: self._start_fresh}
        if chosen in doing:
            doing[chosen]()
        return chosen == EXPORT

    def _undo(self) -> None:
        if not self.lesson.undo():
            print_warning("There is nothing to take back.")

    def _fork(self) -> None:
        turns = self.lesson.user_turns()
        if not turns:
            print_warning("There is no message to go back to.")
            return
        options = [(str(step), text) for step, text in turns]
        chosen = choose("Before which message shall the conversation go another way?", options)
        if chosen in dict(options):
            self.lesson.fork(int(chosen))
        else:
            print_warning("There is no such message.")

    def _start_fresh(self) -> None:
        self.run_now(self.lesson.start_fresh())
        print_info("A new conversation begins.")
