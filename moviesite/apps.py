from django.apps import AppConfig


class MoviesiteConfig(AppConfig):
    name = "moviesite"

    def ready(self) -> None:
        # Whoever sends a task (a page, a command) needs the app that knows the broker; whoever checks, the checks.
        from moviesite import celery, checks  # noqa: F401  # after the apps are loaded
