"""What an action server is told of the active loop."""
from typing import Text

from rasa_sdk import FormValidationAction


class ValidateTownForm(FormValidationAction):
    """Says which loop and which question the conversation is at."""

    def name(self) -> Text:
        return "validate_town_form"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="%s %s %s" % (
            tracker.active_loop_name, tracker.get_slot("requested_slot"), sorted(tracker.slots_to_validate())))
        return await super().run(dispatcher, tracker, domain)
