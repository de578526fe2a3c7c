"""Words of times, durations and money in the languages that `QuantityEntityExtractor` speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityWords:
    """All in lower case. Words are separated by blanks; phrases by `|`, since they contain blanks."""

    months: str
    """January first; forms of one month joined by `/`."""
    weekdays: str
    """Monday first; forms of one day joined by `/`."""
    days: Mapping[str, int]
    """Words for a day, to how many days it lies ahead."""
    units: Mapping[str, str]
    """Unit of time, to its forms."""
    following: str
    """Forms of "next"."""
    previous: str
    """Forms of "last"."""
    this: str
    """Forms of "this"."""
    ahead: str
    """What stands before a duration from now on: "in"."""
    ago: str
    """What stands around a duration up to now: "ago"."""
    before_day: str
    """What may stand before a date: "on", "the"."""
    before_clock: str
    """What may stand before a time of day: "at"."""
    of: str
    """What may stand between day and month: "of"."""
    oclock: str
    """What makes a time of day of a number."""
    noon: Mapping[str, int]
    """Words for a time of day, to its hour."""
    money: Mapping[str, str]
    """Currency, to its words."""


WORDS: Mapping[str, QuantityWords] = {
    "en": QuantityWords(
        months="january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
        "september/sept/sep october/oct november/nov december/dec",
        weekdays="monday/mon tuesday/tues/tue wednesday/wed thursday/thurs/thu friday/fri "
        "saturday/sat sunday/sun",
        days={"today": 0, "tonight": 0, "tomorrow": 1, "the day after tomorrow": 2, "yesterday": -1},
        units={
            "second": "seconds second secs sec",
            "minute": "minutes minute mins min",
            "hour": "hours hour hrs hr",
            "day": "days day",
            "week": "weeks week",
            "month": "months month",
            "year": "years year",
        },
        following="next",
        previous="last",
        this="this",
        ahead="in",
        ago="ago",
        before_day="on the|on|the",
        before_clock="at",
        of="of",
        oclock="o'clock",
        noon={"noon": 12, "midday": 12, "midnight": 0},
        money={
            "$": "dollars dollar bucks usd",
            "EUR": "euros euro eur",
            "£": "pounds pound gbp",
            "CHF": "francs chf",
        },
    ),
    "de": QuantityWords(
        months="januar/jan februar/feb märz/mär april/apr mai juni/jun juli/jul august/aug "
        "september/sept/sep oktober/okt november/nov dezember/dez",
        weekdays="montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
        days={"heute": 0, "morgen": 1, "übermorgen": 2, "gestern": -1, "vorgestern": -2},
        units={
            "second": "sekunden sekunde sek",
            "minute": "minuten minute min",
            "hour": "stunden stunde std",
            "day": "tagen tage tag",
            "week": "wochen woche",
            "month": "monaten monate monat",
            "year": "jahren jahre jahr",
        },
        following="nächsten nächste nächstes nächster kommenden kommende",
        previous="letzten letzte letztes letzter vergangenen",
        this="diesen diese dieses dieser",
        ahead="in",
        ago="vor",
        before_day="am|den|der",
        before_clock="um|gegen",
        of="",
        oclock="uhr",
        noon={"mittags": 12, "mitternacht": 0},
        money={"EUR": "euro euros eur", "$": "dollar usd", "£": "pfund gbp", "CHF": "franken chf"},
    ),
    "fr": QuantityWords(
        months="janvier/janv février/févr mars avril mai juin juillet/juil août septembre/sept octobre/oct "
        "novembre/nov décembre/déc",
        weekdays="lundi mardi mercredi jeudi vendredi samedi dimanche",
        days={"aujourd'hui": 0, "ce soir": 0, "demain": 1, "après-demain": 2, "hier": -1, "avant-hier": -2},
        units={
            "second": "secondes seconde",
            "minute": "minutes minute min",
            "hour": "heures heure",
            "day": "jours jour",
            "week": "semaines semaine",
            "month": "mois",
            "year": "années année ans an",
        },
        following="prochaine prochain",
        previous="dernière dernier",
        this="cette cet ce",
        ahead="dans",
        ago="il y a",
        before_day="le",
        before_clock="à|vers",
        of="",
        oclock="heures heure h",
        noon={"midi": 12, "minuit": 0},
        money={
            "EUR": "euros euro eur",
            "$": "dollars dollar usd",
            "£": "livres livre gbp",
            "CHF": "francs chf",
        },
    ),
    "es": QuantityWords(
        months="enero/ene febrero/feb marzo/mar abril/abr mayo junio/jun julio/jul agosto/ago "
        "septiembre/setiembre/sept octubre/oct noviembre/nov diciembre/dic",
        weekdays="lunes martes miércoles/miercoles jueves viernes sábado/sabado domingo",
        days={"hoy": 0, "esta noche": 0, "mañana": 1, "pasado mañana": 2, "ayer": -1, "anteayer": -2},
        units={
            "second": "segundos segundo",
            "minute": "minutos minuto min",
            "hour": "horas hora",
            "day": "días dias día dia",
            "week": "semanas semana",
            "month": "meses mes",
            "year": "años año",
        },
        following="próximo próxima proximo proxima",
        previous="pasado pasada último última",
        this="este esta",
        ahead="en|dentro de",
        ago="hace",
        before_day="el",
        before_clock="a las|a la|las",
        of="de",
        oclock="horas h",
        noon={"mediodía": 12, "medianoche": 0},
        money={"EUR": "euros euro eur", "$": "dólares dólar dolares dolar usd", "£": "libras libra gbp"},
    ),
}
