from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import tokens  # models are not there yet when apps are
        from accounts.visitors import after_sign_in

        tokens.listen()
        user_logged_in.connect(after_sign_in, dispatch_uid="bring-along")
