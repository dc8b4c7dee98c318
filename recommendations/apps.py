from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"

    def ready(self) -> None:
        from catalog.signals import before_rating
        from recommendations.track_record import keep_prediction

        before_rating.connect(keep_prediction, dispatch_uid="keep-prediction")
