from typing import Any

from django.core.management.base import BaseCommand

from moviesite.first_admin import ensure_admin


class Command(BaseCommand):
    help = "Makes an administrator with a generated password, shown once, if the site has none."

    def handle(self, *args: Any, **options: Any) -> None:
        admin = ensure_admin()
        if admin is None:
            self.stdout.write(
                "There is an administrator already; `manage.py changepassword NAME` sets a password."
            )
        else:
            self.stdout.write(
                f"Sign in as {admin.username} with the password {admin.password} (shown this once)."
            )
