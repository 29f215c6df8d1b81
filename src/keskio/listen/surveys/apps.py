"""The wing's entry in Django's list of applications."""

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    """Surveys: definitions, pages, invitations, answers and results."""

    name = "keskio.listen.surveys"
    label = "surveys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the house what is held of people here, and dialogues on which terms surveys ask."""
        from keskio.kernel.holdings import register  # noqa: PLC0415 - settings are there only now
        from keskio.listen.surveys.holdings import HOLDINGS  # noqa: PLC0415 - the same
        from keskio.listen.surveys.queries import terms_now  # noqa: PLC0415 - the same
        from keskio.talk.survey_terms import set_survey_terms  # noqa: PLC0415 - the same

        register(*HOLDINGS)
        set_survey_terms(terms_now)
