"""Why something was done, or was not: a closed list, each with its sentence in English and Finnish.

A business "no" is one of these, never an exception. Values in braces come from the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Reason(msgspec.Struct, frozen=True, gc=False):
    """A reason with the step where it arose and its values."""

    code: str
    step: str = ""
    values: dict[str, Any] = {}


SENTENCES: Mapping[str, tuple[str, str]] = {
    # the gate
    "no_permission": (
        "The customer has not given permission for this purpose in this channel.",
        "Asiakas ei ole antanut lupaa tähän tarkoitukseen tässä kanavassa.",
    ),
    "permission_withdrawn": (
        "The customer has withdrawn the permission.",
        "Asiakas on perunut luvan.",
    ),
    "permission_expired": (
        "The customer's permission has expired.",
        "Asiakkaan lupa on vanhentunut.",
    ),
    "restricted": (
        "The use of the customer's data is restricted.",
        "Asiakkaan tietojen käsittelyä on rajoitettu.",
    ),
    "stopped": (
        "The customer has said stop in this channel.",
        "Asiakas on kieltänyt viestit tässä kanavassa.",
    ),
    "no_address": (
        "The customer has no address in this channel.",
        "Asiakkaalla ei ole osoitetta tässä kanavassa.",
    ),
    "too_late": (
        "The message would have come too late to be of use.",
        "Viesti olisi tullut liian myöhään ollakseen hyödyksi.",
    ),
    "pressure": (
        "The customer has already had as many messages as the rules allow.",
        "Asiakas on jo saanut niin monta viestiä kuin säännöt sallivat.",
    ),
    "open_promise_broken": (
        "A promise to the customer has been broken: campaigns and surveys wait until it is put right.",
        "Asiakkaalle annettu lupaus on rikottu: kampanjat ja kyselyt odottavat, kunnes asia on korjattu.",
    ),
    "open_case": (
        "The customer has an open complaint: campaigns and surveys wait until it is settled.",
        "Asiakkaalla on avoin valitus: kampanjat ja kyselyt odottavat, kunnes se on selvitetty.",
    ),
    "collision": (
        "A message that goes first had been sent or was planned too close by.",
        "Etusijalla oleva viesti oli lähetetty tai suunniteltu liian lähelle.",
    ),
    "outranked": (
        "There was not room for both, and a message planned by another dialogue ranked higher.",
        "Tilaa ei ollut molemmille, ja toisen dialogin suunniteltu viesti meni edelle.",
    ),
    "control_group": (
        "The customer is in a control group that is left without such messages.",
        "Asiakas kuuluu vertailuryhmään, joka jätetään ilman tällaisia viestejä.",
    ),
    "quiet_hours": (
        "It was the customer's quiet hours.",
        "Asiakkaalla oli hiljaiset tunnit.",
    ),
    "already_told": (
        "The customer has had this message already, under another customer number.",
        "Asiakas on saanut tämän viestin jo toisella asiakasnumerolla.",
    ),
    "no_channel": (
        "The channel is not set up.",
        "Kanavaa ei ole otettu käyttöön.",
    ),
    "broken_text": (
        "The text of the message cannot be written for this customer.",
        "Viestin tekstiä ei voi kirjoittaa tälle asiakkaalle.",
    ),
    "taken_back": (
        "The message was taken back before it was sent, because the dialogue was over.",
        "Viesti peruttiin ennen lähetystä, koska dialogi oli päättynyt.",
    ),
    "refused_by_provider": (
        "The provider refused the message.",
        "Palveluntarjoaja ei ottanut viestiä vastaan.",
    ),
    # surveys
    "survey_closed": (
        "The survey was not open.",
        "Kysely ei ollut auki.",
    ),
    "surveyed_lately": (
        "The customer had been asked another survey lately.",
        "Asiakkaalta oli äskettäin kysytty jotakin muuta.",
    ),
    "asked_this_lately": (
        "The customer had been asked the same survey lately.",
        "Asiakkaalta oli äskettäin kysytty samaa.",
    ),
    "quota_full": (
        "As many as were wanted had answered already.",
        "Vastaajia oli jo niin monta kuin haluttiin.",
    ),
    "not_drawn": (
        "The customer was not drawn into the sample.",
        "Asiakas ei osunut otokseen.",
    ),
    "survey_answered": (
        "The customer had answered the survey already.",
        "Asiakas oli jo vastannut kyselyyn.",
    ),
    # coming in
    "not_eligible": (
        "The customer does not meet the dialogue's conditions.",
        "Asiakas ei täytä dialogin ehtoja.",
    ),
    "been_here": (
        "The customer has already been in this dialogue.",
        "Asiakas on jo ollut tässä dialogissa.",
    ),
    "already_inside": (
        "The customer is already in this dialogue.",
        "Asiakas on jo tässä dialogissa.",
    ),
    "dialogue_paused": (
        "The dialogue was not live.",
        "Dialogi ei ollut käynnissä.",
    ),
    # inside
    "claimed": (
        "The message is on its way.",
        "Viesti on lähdössä.",
    ),
    "noted": (
        "The delivery of the question was noted.",
        "Kysymyksen perillemeno kirjattiin.",
    ),
    "unknown": (
        "Nobody knows whether the message went out; it is not sent again before a person decides.",
        "Ei tiedetä, lähtikö viesti; sitä ei lähetetä uudestaan ennen kuin ihminen päättää.",
    ),
    "waits_for_answer": (
        "The question stays open.",
        "Kysymys on yhä auki.",
    ),
    "waits_for_event": (
        "The dialogue waits for something to happen.",
        "Dialogi odottaa tapahtumaa.",
    ),
    "hour_unknown": (
        "The customer's own hour was not known, so nine in the morning was taken.",
        "Asiakkaan omaa kellonaikaa ei tiedetty, joten käytettiin aamuyhdeksää.",
    ),
    "waits_for_date": (
        "The dialogue waits for a date that is not yet known.",
        "Dialogi odottaa päivää, jota ei vielä tiedetä.",
    ),
    "date_unknown": (
        "The date that says until when this makes sense is not known, so it was not sent.",
        "Ei tiedetä päivää, johon asti viestistä on hyötyä, joten sitä ei lähetetty.",
    ),
    "due_unknown": (
        "The date by which this is to be done was not known, so the next working day was taken.",
        "Päivää, johon mennessä tämä on tehtävä, ei tiedetty, joten käytettiin seuraavaa työpäivää.",
    ),
    "end_unknown": (
        "The date that would end this is not known yet, so it goes on without that end.",
        "Päivää, johon tämä päättyisi, ei vielä tiedetä, joten se jatkuu ilman sitä.",
    ),
    "date_moved": (
        "The date moved, and what hangs on it moved with it.",
        "Päivä siirtyi, ja siihen sidottu siirtyi sen mukana.",
    ),
    "window_passed": (
        "The time in which this would have been of use had passed.",
        "Aika, jona tästä olisi ollut hyötyä, oli jo mennyt.",
    ),
    "condition_not_met": (
        "The customer did not meet the condition of this item.",
        "Asiakas ei täyttänyt tämän kohdan ehtoa.",
    ),
    "call_unanswered": (
        "The other system did not answer in time.",
        "Toinen järjestelmä ei vastannut ajoissa.",
    ),
    "answer_unclear": (
        "The answer fits several open questions; a person decides which was meant.",
        "Vastaus sopii useaan avoimeen kysymykseen; ihminen ratkaisee, mitä tarkoitettiin.",
    ),
    "waits_for_delivery": (
        "The dialogue waits for the delivery report.",
        "Dialogi odottaa tietoa perillemenosta.",
    ),
    "not_awaited": (
        "Nothing in this step waits for this event.",
        "Tämä askel ei odota tätä tapahtumaa.",
    ),
    "other_object": (
        "The event is about another object of the customer.",
        "Tapahtuma koskee asiakkaan toista kohdetta.",
    ),
    "no_open_question": (
        "No question was open, so the message changed nothing here.",
        "Mikään kysymys ei ollut auki, joten viesti ei muuttanut tässä mitään.",
    ),
    "question_closed": (
        "The answer came after the question had closed.",
        "Vastaus tuli kysymyksen sulkeuduttua.",
    ),
    "not_understood": (
        "The answer was none of the choices.",
        "Vastaus ei ollut mikään vaihtoehdoista.",
    ),
    "asked_enough": (
        "The answer was none of the choices, and guidance has been given often enough.",
        "Vastaus ei ollut mikään vaihtoehdoista, ja ohje on jo annettu riittävän monta kertaa.",
    ),
    "moved_on": (
        "The dialogue had already gone on from this step.",
        "Dialogi oli jo edennyt tästä askeleesta.",
    ),
    "timer_past": (
        "The dialogue no longer waited for this moment.",
        "Dialogi ei enää odottanut tätä hetkeä.",
    ),
    "task_past": (
        "The dialogue no longer waited for this task.",
        "Dialogi ei enää odottanut tätä tehtävää.",
    ),
    "over": (
        "The dialogue was already over for this customer.",
        "Dialogi oli jo päättynyt tältä asiakkaalta.",
    ),
    # going out
    "merged": (
        "The customer turned out to be one with another, who had come further in this dialogue.",
        "Asiakas osoittautui samaksi kuin toinen, joka oli tässä dialogissa pidemmällä.",
    ),
    "exit_event": (
        "Something happened that ends the dialogue.",
        "Tapahtui jotakin, mikä päättää dialogin.",
    ),
    "goal_reached": (
        "The goal was reached.",
        "Tavoite saavutettiin.",
    ),
    "exit_condition": (
        "The customer now meets a condition that ends the dialogue.",
        "Asiakas täyttää nyt ehdon, joka päättää dialogin.",
    ),
    "object_ended": (
        "What the dialogue was about has come to its end for this customer.",
        "Kohde, josta dialogi kertoi, ei ole enää asiakkaan.",
    ),
    "latest_end": (
        "The dialogue's last day had come.",
        "Dialogin viimeinen päivä oli käsillä.",
    ),
    "taken_out": (
        "A person took the customer out of the dialogue.",
        "Ihminen poisti asiakkaan dialogista.",
    ),
    "stopped_by_dialogue": (
        "Another dialogue took the customer out of this one.",
        "Toinen dialogi poisti asiakkaan tästä.",
    ),
    "started_too_often": (
        "Another dialogue has started this one again and again; it must be mended.",
        "Toinen dialogi on käynnistänyt tämän yhä uudelleen; se on korjattava.",
    ),
    "no_such_dialogue": (
        "There is no live dialogue of that name.",
        "Sen nimistä dialogia ei ole käynnissä.",
    ),
    "erased": (
        "The customer was erased.",
        "Asiakkaan tiedot poistettiin.",
    ),
    # published changes
    "followed_change": (
        "The customer went on at the same step of a newer version.",
        "Asiakas jatkoi samassa askeleessa uudemmassa versiossa.",
    ),
    "moved_by_change": (
        "A published change moved the customer to another step.",
        "Julkaistu muutos siirsi asiakkaan toiseen askeleeseen.",
    ),
    "stays_by_plan": (
        "The plan of the change lets those at this step stay on their version.",
        "Muutoksen suunnitelma jättää tässä askeleessa olevat omaan versioonsa.",
    ),
    "step_gone": (
        "The newer version has no such step, so the customer stayed on the earlier one.",
        "Uudemmassa versiossa ei ole tätä askelta, joten asiakas jäi aiempaan.",
    ),
    "been_there": (
        "The customer has already had the message of that step, so nothing was moved.",
        "Asiakas on jo saanut kyseisen askeleen viestin, joten häntä ei siirretty.",
    ),
    "deadline_unknown": (
        "The new deadline cannot be counted for this customer, who stayed on the earlier version.",
        "Uutta määräaikaa ei voi laskea tälle asiakkaalle, joten hän jäi aiempaan versioon.",
    ),
    "deadline_past": (
        "The new deadline is past and there was none before, so the customer stayed on the earlier version.",
        "Uusi määräaika on jo ohi eikä aiempaa ollut, joten asiakas jäi aiempaan versioon.",
    ),
    "not_at_rest": (
        "The step was being carried out just then, so the customer stayed on the earlier version.",
        "Askel oli juuri kesken, joten asiakas jäi aiempaan versioon.",
    ),
    "question_gone": (
        "The newer version no longer asks this, so the question was closed.",
        "Uudempi versio ei enää kysy tätä, joten kysymys suljettiin.",
    ),
    "ended_by_change": (
        "A published change ended the dialogue for those who were at this step.",
        "Julkaistu muutos päätti dialogin niiltä, jotka olivat tässä askeleessa.",
    ),
    "has_acted": (
        "Something has happened to the customer in the newer version, so the move was not undone.",
        "Asiakkaalle on jo tapahtunut jotakin uudemmassa versiossa, joten siirtoa ei kumottu.",
    ),
    "moved_back": (
        "The move was undone: the customer is again where she was before it.",
        "Siirto kumottiin: asiakas on taas siinä, missä hän oli ennen sitä.",
    ),
    "entered_anew": (
        "The customer had entered the dialogue anew since, so the earlier time was not taken up again.",
        "Asiakas oli jo tullut dialogiin uudelleen, joten aiempaa kertaa ei jatkettu.",
    ),
    "cannot_resume": (
        "A message, task or code that the dialogue hung on had been called off, so it stayed ended.",
        "Viesti, tehtävä tai koodi, josta dialogi riippui, oli jo peruttu, joten se jäi päättyneeksi.",
    ),
    # our own faults
    "broken_step": (
        "The step could not be carried out; a person must look at it.",
        "Askelta ei voitu suorittaa; ihmisen on katsottava sitä.",
    ),
    "loop_without_wait": (
        "The steps go round without a wait; a person must mend the dialogue.",
        "Askeleet kiertävät kehää odottamatta; ihmisen on korjattava dialogi.",
    ),
}


def sentence(code: str, language: str = "fi") -> str:
    """Return the sentence of a reason in "fi" or "en"; an unknown code is returned as it is."""
    pair = SENTENCES.get(code)
    return code if pair is None else pair[language == "fi"]
