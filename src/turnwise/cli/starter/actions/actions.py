# Custom actions: Python that runs when the assistant chooses an action of that name.
#
# To try the one below: take the comment signs away, list `action_tell_time` under `actions:` in domain.yml,
# use it in a story or rule, set `action_endpoint` in endpoints.yml, and start `rasa run actions`.

# from datetime import datetime
# from typing import Any
#
# from rasa_sdk import Action, Tracker
# from rasa_sdk.executor import CollectingDispatcher
#
#
# class ActionTellTime(Action):
#     """Says what time it is where the server stands."""
#
#     def name(self) -> str:
#         return "action_tell_time"
#
#     def run(
#         self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
#     ) -> list[dict[str, Any]]:
#         dispatcher.utter_message(text=f"It is {datetime.now():%H:%M}.")
#         return []
